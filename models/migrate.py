"""Brings a database to the tables this version needs, while other processes of the desk may be at work on it."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from models.database import plain_engine
from models.errors import Conflict

log = logging.getLogger(__name__)

# Any fixed number of our own: two processes that start at once migrate one after the other.
MIGRATION_LOCK = 7_305_642_180

LOCK_SECONDS = 1.5
"""How long a step waits for a table: whoever comes after it waits behind it, and the gate gives up after two seconds."""
PAUSES = (1, 2, 4, 8, *[15] * 8)
"""Seconds between the tries of a step whose table is in use; the desk goes on meanwhile."""

LONGEST_TRANSACTION = """
SELECT format('%s (process %s) has been in a transaction for %s seconds', coalesce(nullif(application_name, ''), 'a program'), pid,
              round(extract(epoch FROM clock_timestamp() - xact_start)))
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'
 ORDER BY xact_start LIMIT 1
"""


def upgrade(database_url: str, pauses: Sequence[float] = PAUSES, rest: Callable[[float], None] = time.sleep) -> None:
    """Run every migration that is missing, alone, each in a transaction of its own. Any number of processes may call at once.

    A database that is ahead of this version is left as it is: the version before runs on the tables of the next one.
    Raises `Conflict` where a table stays in use through all `pauses`; the steps before it are done, the rest can be run later.
    """
    engine = plain_engine(database_url)
    try:
        with engine.connect() as connection, alone(connection):
            for pause in pauses:
                if take_steps(connection):
                    return
                log.warning("a table is in use, the migration tries again in %s s: %s", pause, longest_transaction(connection))
                rest(pause)
            if not take_steps(connection):
                raise Conflict(f"the migration waits for a table that others use, run it again later: {longest_transaction(connection)}")
    finally:
        engine.dispose()


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """One migration at a time. The lock is the session's and not a transaction's: each step commits."""
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.execute(text("SELECT set_config('lock_timeout', :milliseconds, false)"), {"milliseconds": f"{LOCK_SECONDS * 1000:.0f}"})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()


def take_steps(connection: Connection) -> bool:
    """Run what is missing. False where a table could not be had in time: what was done before that stays done."""
    try:
        if not is_ahead(connection):
            connection.rollback()  # within a transaction of ours Alembic would put all steps into that one
            command.upgrade(alembic_config(connection), "head")
    except OperationalError as trouble:
        connection.rollback()
        if not isinstance(trouble.orig, (LockNotAvailable, DeadlockDetected)):
            raise
        return False
    return True


def longest_transaction(connection: Connection) -> str:
    """Who may hold the table, in words."""
    found = connection.scalar(text(LONGEST_TRANSACTION))
    connection.rollback()
    return found or "whoever it was is done by now"


def knows_revision(revision: str) -> bool:
    """Whether this version has the migration."""
    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    return revision in {script.revision for script in scripts.walk_revisions()}


def is_current(connection: Connection) -> bool:
    """Whether the database behind `connection` has every migration of this version, and perhaps the next one's."""
    heads = set(ScriptDirectory.from_config(alembic_config(connection)).get_heads())
    return set(MigrationContext.configure(connection).get_current_heads()) == heads or is_ahead(connection)


def is_ahead(connection: Connection) -> bool:
    """Whether a newer version has migrated the database: it stands at a migration that this one does not know.

    So it is in the middle of every rolling restart. Migrations only add what the version before can live with.
    """
    known = {each.revision for each in ScriptDirectory.from_config(alembic_config(connection)).walk_revisions()}
    return not set(MigrationContext.configure(connection).get_current_heads()) <= known


def new_revision(database_url: str, message: str) -> None:
    """Write the next migration by comparing the tables with `database_url`: a start, to be read and mended."""
    engine = plain_engine(database_url)
    with engine.connect() as connection:
        command.revision(alembic_config(connection), message=message, autogenerate=True)
    engine.dispose()


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
