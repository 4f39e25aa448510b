"""Opens the gate's own connections to Postgres, and refuses a database that forgets on a power cut."""

import os
import socket
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from models.database_address import hosts_of

Connection = psycopg.Connection[TupleRow]

# What Postgres must do for a commit to mean "on the disk"; each of these off has lost acknowledged mail.
DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")


class UnsafeDatabase(Exception):
    """The database is set up so that a committed mail may be gone after a crash."""


class StoreUnavailable(Exception):
    """The database cannot take or answer anything right now; the sender is to come again."""


def plain_url(database_url: str) -> str:
    """A URL as libpq reads it, whatever driver SQLAlchemy was told to use."""
    scheme, separator, rest = database_url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def connect(database_url: str, name: str, connect_seconds: float, statement_seconds: float) -> Connection:
    """A connection of the gate. Raises `psycopg.Error`, or `UnsafeDatabase`."""
    options: dict[str, Any] = {
        "application_name": name,
        "connect_timeout": max(2, int(connect_seconds)),
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": int(statement_seconds * 1000),
        "autocommit": True,
    }
    connection = psycopg.connect(plain_url(database_url), **options)
    try:
        refuse_unsafe(connection)
        if len(hosts_of(database_url)) > 1:
            refuse_alone(connection)
        for guard, seconds in (("statement_timeout", statement_seconds), ("lock_timeout", 2.0)):
            connection.execute("SELECT set_config(%s, %s, false)", (guard, f"{int(seconds * 1000)}ms"))
    except BaseException:
        connection.close()
        raise
    return connection


def refuse_unsafe(connection: Connection) -> None:
    """Raises `UnsafeDatabase` naming every setting that is off."""
    rows = connection.execute(
        "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY name",
        (list(DURABILITY),),
    ).fetchall()
    if rows:
        names = ", ".join(name for (name,) in rows)
        raise UnsafeDatabase(
            f"the database has {names} switched off: a mail we said yes to could be lost; switch on"
        )


def refuse_alone(connection: Connection) -> None:
    """Raises `UnsafeDatabase` unless a commit is on another machine's disk, too, before it is told.

    For a database with several hosts: the next primary must have every mail that we said yes to.
    """
    waits = connection.execute(
        "SELECT current_setting('synchronous_standby_names') <> '' AND current_setting('synchronous_commit') IN ('on', 'remote_apply')"
    ).fetchone()
    if not waits or not waits[0]:
        raise UnsafeDatabase(
            "DATABASE_URL names several hosts, but the primary waits for none of its standbys, which may lack mails we "
            "said yes to: set synchronous_standby_names = 'ANY 1 (…)', and synchronous_commit = on"
        )


def hang_up(connection: Connection) -> None:
    """Ends the network side of a connection that another thread is waiting on, so that its wait ends."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
    except (OSError, psycopg.Error):
        pass  # it has gone already, which is what was wanted
