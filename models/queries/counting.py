"""Counts for the eye: as many as are asked for in one statement, and none counted further than anybody reads.

Nothing keeps a counter, so nothing locks one, and no count is ever wrong: each walks a partial index and stops after
`MOST_COUNTED` rows, on a desk of a million tickets as on one of a thousand.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select

from models.database import db

MOST_COUNTED = 1000  # a list that shows "999+" needs no exact million

Count = Select[tuple[int]]


def up_to(wanted: Select[Any], most: int = MOST_COUNTED) -> Count:
    """How many rows `wanted` finds, counted up to `most`."""
    return select(func.count()).select_from(wanted.limit(most).subquery())


def counted(questions: Mapping[str, Count]) -> dict[str, int]:
    """The answers to all of these, by their names, from one statement."""
    if not questions:
        return {}
    row = db.session.execute(select(*(each.scalar_subquery() for each in questions.values()))).one()
    return dict(zip(questions, row, strict=True))
