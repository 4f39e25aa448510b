"""Where an address still stands in the database: every text of every table is looked through, whatever it is for.

This is the proof after an erasure, and so it asks the catalogue and no list of ours: a table that somebody adds next year is
looked through as well. It reads every row, and is meant for the rare occasion.
"""

from collections.abc import Iterator

from sqlalchemy import ARRAY, Column, Table, Text, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import String

from models.database import db, metadata
from models.queries.people import escaped

NOT_LOOKED_AT = {"erasure"}  # it holds the address as a keyed hash alone


def traces_of(address: str, names: tuple[str, ...] = ()) -> dict[str, int]:
    """In how many rows each column still names the address, or one of the `names`; columns without any are left out."""
    db.session.execute(text("SET LOCAL statement_timeout = '15min'"))
    found = {}
    for table, column in columns():
        shown = func.lower(cast(column, Text))
        hits = [shown.like(f"%{escaped(word.lower())}%", escape="\\") for word in (address, *names)]
        number = db.session.scalar(select(func.count()).select_from(table).where(or_(*hits))) or 0
        if number:
            found[f"{table.name}.{column.name}"] = number
    return found


def columns() -> Iterator[tuple[Table, Column]]:  # type: ignore[type-arg]
    """Every column that can hold words."""
    for table in metadata.sorted_tables:
        if table.name in NOT_LOOKED_AT:
            continue
        for column in table.columns:
            if isinstance(column.type, String | JSONB | ARRAY) and column.computed is None:
                yield table, column
