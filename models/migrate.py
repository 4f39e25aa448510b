"""Brings a database to the tables this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from models.database import plain_engine

# Any fixed number of our own: two processes that start at once migrate one after the other.
MIGRATION_LOCK = 7_305_642_180


def upgrade(database_url: str) -> None:
    """Run every migration that is missing, alone. Safe to call from any number of processes at once."""
    engine = plain_engine(database_url)
    with engine.connect() as connection:
        # On the session, not the transaction: Alembic commits between steps.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        try:
            command.upgrade(alembic_config(connection), "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()
    engine.dispose()


def knows_revision(revision: str) -> bool:
    """Whether this version has the migration."""
    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    return revision in {script.revision for script in scripts.walk_revisions()}


def is_current(connection: Connection) -> bool:
    """Whether the database behind `connection` has every migration of this version."""
    heads = set(ScriptDirectory.from_config(alembic_config(connection)).get_heads())
    return set(MigrationContext.configure(connection).get_current_heads()) == heads


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
