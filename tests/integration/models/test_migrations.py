"""The migrations: they lead to the tables the models mean, from any start, however many start at once."""

import re
import threading
import warnings
from collections.abc import Callable

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from models import tables
from models.database import metadata, plain_engine
from models.errors import Conflict
from models.migrate import alembic_config, is_current, upgrade

assert tables.TABLES


def differences(url: str) -> list[object]:
    """What autogenerate would still want to change."""
    engine = plain_engine(url)
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Did not recognize type 'xid8'")
        options = {"compare_type": True, "compare_server_default": says_something_else, "include_object": can_be_compared}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, metadata)
    engine.dispose()
    return found


def can_be_compared(_object: object, name: str, kind: str, *_: object) -> bool:
    """The comparer of defaults breaks on columns that Postgres computes; search has tests of its own."""
    return (kind, name) != ("column", "words")


def says_something_else(*compared: object) -> bool:
    """Whether a default differs in more than its spelling: Postgres writes `'5 days'::interval` for `interval '5 days'`."""
    *_, in_database, _, in_models = compared
    spellings = {re.sub(r"::\w+(\[\])?|\binterval\b|[()'\s]", "", str(each)) for each in (in_database, in_models)}
    return len(spellings) > 1


def with_connection(url: str, work: object) -> object:
    engine = plain_engine(url)
    try:
        with engine.connect() as connection:
            result = work(connection)  # type: ignore[operator]
            connection.commit()
            return result
    finally:
        engine.dispose()


def table_names(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def test_an_upgrade_from_nothing_gives_what_the_models_mean(bare_database_url: str) -> None:
    upgrade(bare_database_url)
    assert differences(bare_database_url) == []
    assert with_connection(bare_database_url, is_current)


def test_a_second_upgrade_changes_nothing(bare_database_url: str) -> None:
    upgrade(bare_database_url)
    upgrade(bare_database_url)
    assert differences(bare_database_url) == []


def test_processes_that_upgrade_at_once_take_turns(bare_database_url: str) -> None:
    troubles: list[BaseException] = []
    gate = threading.Barrier(3)

    def start() -> None:
        gate.wait(10)
        try:
            upgrade(bare_database_url)
        except BaseException as trouble:
            troubles.append(trouble)

    starters = [threading.Thread(target=start) for _ in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join(60)
    assert troubles == []
    assert differences(bare_database_url) == []


def go_to(revision: str) -> Callable[[Connection], None]:
    return lambda connection: command.upgrade(alembic_config(connection), revision)


def test_a_table_in_use_holds_the_migration_up_and_nobody_behind_it(bare_database_url: str) -> None:
    with_connection(bare_database_url, go_to("0020"))
    rests: list[float] = []
    with psycopg.connect(bare_database_url, application_name="a long report") as reader:
        reader.execute("SELECT count(*) FROM ticket")  # the step after the next one wants this table for itself

        def meanwhile(seconds: float) -> None:
            with psycopg.connect(bare_database_url, options="-c lock_timeout=1") as agent:
                agent.execute("SELECT count(*) FROM ticket")
            rests.append(seconds)

        with pytest.raises(Conflict, match="a long report"):
            upgrade(bare_database_url, pauses=(7,), rest=meanwhile)
        assert rests == [7]
        with psycopg.connect(bare_database_url) as other:
            assert other.execute("SELECT version_num FROM alembic_version").fetchone() == ("0021",), "each step is committed by itself"
        upgrade(bare_database_url, pauses=(7,), rest=lambda seconds: reader.rollback())
    assert with_connection(bare_database_url, is_current) and differences(bare_database_url) == []


def test_there_is_a_way_back_and_forth(bare_database_url: str) -> None:
    upgrade(bare_database_url)

    def go_back(connection: Connection) -> None:
        command.downgrade(alembic_config(connection), "base")

    with_connection(bare_database_url, go_back)
    assert table_names(bare_database_url) == {"alembic_version"}
    assert not with_connection(bare_database_url, is_current)
    upgrade(bare_database_url)
    assert differences(bare_database_url) == []


def test_a_database_without_our_tables_is_not_current(bare_database_url: str) -> None:
    assert not with_connection(bare_database_url, is_current)


def test_a_database_that_the_next_version_has_migrated_is_good_enough_and_left_alone(bare_database_url: str) -> None:
    upgrade(bare_database_url)
    with psycopg.connect(bare_database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of the next version'")
    assert with_connection(bare_database_url, is_current)
    upgrade(bare_database_url)  # of a version that was rolled back
    with psycopg.connect(bare_database_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("of the next version",)]


@pytest.mark.parametrize("name", ["uq_user_account_email", "uq_message_reference_out", "ix_inbound_message_due", "ix_inbound_message_big"])
def test_indexes_on_conditions_and_expressions_are_really_there(bare_database_url: str, name: str) -> None:
    """Autogenerate does not see into all of them."""
    upgrade(bare_database_url)
    with psycopg.connect(bare_database_url) as connection:
        found = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name]).fetchone()
    assert found is not None and ("WHERE" in found[0] or "lower" in found[0])
