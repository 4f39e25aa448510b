"""An empty database for each test, emptied row by row: the tables of a test are small, and files are slow to make."""

import time
from contextlib import suppress
from graphlib import TopologicalSorter

import psycopg
import pytest
from psycopg import sql

REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
 WHERE contype = 'f' AND conrelid <> confrelid
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
REWIND = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
 WHERE last_value IS NOT NULL
"""
LEFT_OPEN = """
SELECT query FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
"""
LOOK_ANEW = "SELECT pg_stat_clear_snapshot()"  # within a transaction Postgres shows what it has once shown, for ever


@pytest.fixture
def database_url(_session_database: str) -> str:
    """A migrated database without a row in any table, and with its numbers beginning at 1."""
    forget_rows(_session_database)
    return _session_database


def refuse_open_transactions(connection: psycopg.Connection) -> None:
    """A thread that is just leaving may be in the middle of one; what is still there after a while was forgotten."""
    for _ in range(150):
        connection.execute(LOOK_ANEW)
        left = connection.execute(LEFT_OPEN).fetchall()
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(f"an earlier test left a transaction open, after: {left[0][0]}")


def forget_rows(url: str) -> None:
    """Delete every row of every table but alembic's. Fails clearly when an earlier test left a transaction open."""
    connection = line_to(url)
    refuse_open_transactions(connection)
    with connection.transaction():
        look = which_have_rows(url, connection)
        while filled := [name for (name,) in connection.execute(look)]:  # again, for a ticket that goes leaves rows elsewhere
            for table in filled:
                # No row of the audit log can be deleted.
                way = "TRUNCATE {}" if table == "audit_entry" else "DELETE FROM {}"
                connection.execute(sql.SQL(way).format(sql.Identifier(table)))
        connection.execute(REWIND)


_lines: dict[str, psycopg.Connection] = {}


def line_to(url: str) -> psycopg.Connection:
    """One connection for all tests of this process: a new one would first have to learn what tables there are."""
    with suppress(KeyError, psycopg.OperationalError):  # some tests cut every line
        _lines[url].execute("SELECT 1")
        return _lines[url]
    _lines[url] = psycopg.connect(url, autocommit=True, options="-c lock_timeout=30000 -c synchronous_commit=off")
    return _lines[url]


_looks: dict[str, sql.Composed] = {}


def which_have_rows(url: str, connection: psycopg.Connection) -> sql.Composed:
    """One question for all tables: the names of those that have rows, those that refer to others before these."""
    if url not in _looks:
        order = TopologicalSorter({name: set() for (name,) in connection.execute(TABLES)})
        for table, referred in connection.execute(REFERENCES):
            order.add(referred, table)
        each = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
        names = list(order.static_order())
        _looks[url] = sql.SQL(" UNION ALL ").join(each.format(sql.Literal(name), sql.Identifier(name)) for name in names)
    return _looks[url]
