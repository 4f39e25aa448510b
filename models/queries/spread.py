"""How widespread words are, as Postgres estimates it: by this a search chooses its way through a large desk.

The estimate comes from the statistics that `ANALYZE` keeps of the vectors, and costs no look into the table.
"""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Executable, literal, select, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from models.database import db
from models.message import Message
from models.search_index import message_words

COST_RATIO = 0.4  # what looking at a message of a ticket at hand costs, beside fetching one that the index names; about


class Plan(Executable, ClauseElement):
    """What Postgres would do for a question, without doing it."""

    inherit_cache = False

    def __init__(self, question: CompoundSelect[Any]) -> None:
        self.question = question


@compiles(Plan)
def compile_plan(plan: Plan, compiler: SQLCompiler, **more: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(plan.question, **more)}"


def widespread(queries: Sequence[ColumnElement[Any]], enough: int) -> list[bool]:
    """For each of these text queries, whether `enough` tickets are found sooner by walking the newest than by the index.

    Fetching what the index names costs as much as there is of it; walking until `enough` are found costs the more, the
    rarer they are. Where the two are equal lies the border. No plan may run in parallel, or the order is lost.
    """
    if not queries:
        return []
    parts = [select(literal(1)).where(message_words.op("@@")(query)) for query in queries]
    [top] = db.session.execute(Plan(union_all(*parts, select(literal(1)).select_from(Message)))).scalar_one()
    *found, all_of_them = (part["Plan Rows"] for part in top["Plan"]["Plans"])
    border = math.sqrt(COST_RATIO * enough * all_of_them)
    return [rows > border for rows in found]
