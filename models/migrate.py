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
    """Run every migration that is missing, alone. Safe to call from any number of processes at once.

    A database that is ahead of this version is left as it is: the version before runs on the tables of the next one.
    """
    engine = plain_engine(database_url)
    with engine.connect() as connection:
        # On the session, not the transaction: Alembic commits between steps.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        try:
            if is_ahead(connection):
                return
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
