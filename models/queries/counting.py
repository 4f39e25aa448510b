"""Counts for the eye: as many as are asked for in one statement, and none counted further than anybody reads.

Nothing keeps a counter, so nothing locks one, and no count is ever wrong: each walks a partial index and stops after
`MOST_COUNTED` rows, on a desk of a million tickets as on one of a thousand.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CompoundSelect, Select, case, func, select

from models.database import db

MOST_COUNTED = 1000  # a list that shows "999+" needs no exact million

Count = Select[tuple[int]]
Statement = Select[Any]  # many counts side by side


def up_to(wanted: Select[Any] | CompoundSelect[Any], most: int = MOST_COUNTED) -> Count:
    """How many rows `wanted` finds, counted up to `most`."""
    return select(func.count()).select_from(wanted.limit(most).subquery())


def up_to_soon(rows: Select[Any], wanted: Select[Any], most: int) -> Count:
    """What `up_to(wanted, most)` says, sooner where there is much: `rows` finds the same ids, perhaps more than once each.

    To tell them apart Postgres would gather all of them before it counts the first. The first rows mostly settle it;
    where they do not, `wanted` is counted: Postgres runs that question only where it comes to it.
    """
    first = rows.limit(2 * most).subquery()
    found = select(func.count(first.c[0].distinct())).scalar_subquery()
    return select(case((found >= most, most), else_=up_to(wanted, most).scalar_subquery()))


def in_one(questions: Mapping[str, Count]) -> Statement:
    """All of these as one statement, each answer under its name."""
    return select(*(each.scalar_subquery().label(name) for name, each in questions.items()))


def answers(statement: Statement, **asked: int) -> dict[str, int]:
    """The answers, by their names; `asked` are the values of the statement's own parameters."""
    return dict(db.session.execute(statement, asked).one()._mapping)
