"""An empty database for each test, emptied row by row: the tables of a test are small, and files are slow to make."""

import time
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
KEPT_BY_TICKETS = ("ticket_tally", "tag_tally")  # a ticket that goes leaves a row in each
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
    with psycopg.connect(url, options="-c lock_timeout=30000 -c synchronous_commit=off") as connection:
        refuse_open_transactions(connection)
        order = TopologicalSorter({name: set() for (name,) in connection.execute(TABLES)})
        for table, referred in connection.execute(REFERENCES):
            order.add(referred, table)
        for table in KEPT_BY_TICKETS:
            order.add(table, "ticket")
        if connection.execute("SELECT 1 FROM audit_entry LIMIT 1").fetchone():
            connection.execute("TRUNCATE audit_entry")  # no row of it can be deleted
        for table in order.static_order():
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        connection.execute(REWIND)
