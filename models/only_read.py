"""A transaction that only read ends by COMMIT: at a ROLLBACK psycopg lets go of every prepared statement of the connection.

Each would be parsed and planned anew at the next request. What wrote anything and was not committed is rolled back, as ever.
"""

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

HAS_WRITTEN = "postroom.has_written"  # key in the `info` of a connection, for its transaction of now
READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
MAY_WRITE = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|INTO|CALL|nextval|setval|pg_notify)\b", re.IGNORECASE)


@lru_cache(2_000)
def only_reads(statement: str) -> bool:
    """Whether a statement surely changes nothing. `FOR UPDATE`, or such a word in a name, makes it one that may."""
    return READS.match(statement) is not None and MAY_WRITE.search(statement) is None


@event.listens_for(Engine, "begin")
def nothing_written_yet(connection: Connection) -> None:
    connection.info[HAS_WRITTEN] = False


@event.listens_for(Engine, "before_cursor_execute")
def note_writing(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
    if not only_reads(statement):
        connection.info[HAS_WRITTEN] = True


def end_reading(session: Session) -> None:
    """End the session's transaction where it has one that did nothing but read; else leave it as it is."""
    if not session.in_transaction() or not session.is_active or session.new or session.dirty or session.deleted:
        return
    if not session.connection().info.get(HAS_WRITTEN, True):
        session.expunge_all()  # what was read stays readable, as after a rollback: a commit would have it read anew
        session.commit()
