"""The base of all tables, the session, and the hand-over of events after a commit."""

from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, FromClause, MetaData, Text, create_engine, event, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, UOWTransaction, registry
from sqlalchemy.orm.unitofwork import _SaveUpdateAll
from sqlalchemy.types import UserDefinedType

from models.database_address import for_sqlalchemy

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# A statement that hangs must not hold a thread for ever; a session left idle in a transaction holds back vacuum.
# A plan that was made while the tables were empty and is kept reads them from end to end once they are full.
GUARDS = (
    "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
    " -c plan_cache_mode=force_custom_plan"
)

metadata = MetaData(naming_convention=NAMES)


class Base(DeclarativeBase):
    """Base of every table: text without length, times with zone, big integers."""

    # On the registry, not on the class: flask-sqlalchemy does not carry a class's own map over.
    registry = registry(
        metadata=metadata,
        type_annotation_map={str: Text, datetime: DateTime(timezone=True), int: BigInteger, dict[str, Any]: JSONB},
    )


class TransactionId(UserDefinedType[int]):
    """Postgres's `xid8`: the transaction that wrote a row; never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


db = SQLAlchemy(model_class=Base)

HAND_OVER = "postroom.hand_over"  # key under which an application keeps its hand-over function


def with_driver(url: str) -> str:
    """`url` naming psycopg 3, whatever the writer of the setting left out."""
    return make_url(for_sqlalchemy(url)).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def engine_options(pool_size: int = 10) -> dict[str, Any]:
    return {
        "pool_size": pool_size,
        "max_overflow": 20,
        "pool_timeout": 10,
        "pool_pre_ping": True,
        "hide_parameters": True,  # an error must not quote the mail it was about
        "connect_args": {"options": GUARDS, "connect_timeout": 5},
    }


def plain_engine(url: str) -> Engine:
    """An engine for scripts and migrations, outside any application."""
    return create_engine(with_driver(url), pool_pre_ping=True)


@event.listens_for(Session, "before_flush")
def write_in_order(session: Session, flush: UOWTransaction, _: object) -> None:
    """Write what a foreign key names before what names it, so that many acts can be written in one go.

    SQLAlchemy itself sees to that where a relationship is given a value, and our rows name each other by number.
    """
    order = order_of_tables()
    mappers = {inspect(row).mapper.base_mapper for row in (*session.new, *session.dirty)}
    saves = [_SaveUpdateAll(flush, mapper) for mapper in sorted(mappers, key=lambda mapper: order[mapper.local_table])]
    flush.dependencies.update(pairwise(saves))


@cache
def order_of_tables() -> dict[FromClause, int]:
    return {table: place for place, table in enumerate(metadata.sorted_tables)}


@event.listens_for(Session, "after_commit")
def hand_events_over(session: Session) -> None:
    """Let the events of this transaction out, now that they are true.

    SQLAlchemy also comes here when a savepoint is released, long before anything is true: that is not the moment.
    What a rollback or a savepoint took back is no longer persistent and is left out. The session cannot speak to
    the database now, so whoever takes the events gets plain values.
    """
    if session.in_nested_transaction():
        return
    recorded = session.info.pop("recorded", [])
    happened = [(inspect(row).identity[0], event) for row, event in recorded if inspect(row).persistent]
    if happened and HAND_OVER in current_app.extensions:
        current_app.extensions[HAND_OVER](happened)
