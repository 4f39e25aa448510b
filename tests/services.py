"""Real Postgres and Redis for tests, one of each for the session, empty at the start of each test.

Without DATABASE_URL and REDIS_URL the embedded services run in a folder of their own. With them, a database
of our own name is made on that server and dropped in the end, and an empty database number of that Redis is
used: nothing that was there is touched. Tables are emptied, never rolled back: our events leave on commit.
"""

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from psycopg import sql

from postroom.services import Services, running

PREFIX = f"postroom_test_{os.getpid()}"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """The servers themselves; most tests want `database_url` or `redis_url`."""
    with (
        tempfile.TemporaryDirectory(prefix="postroom-tests-") as folder,
        running(Path(folder), os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")) as found,
    ):
        yield found


@contextlib.contextmanager
def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """A database of our own on the server, dropped in the end; yields its URL."""
    name = f"{PREFIX}_{next(_numbers)}"
    with contextlib.closing(psycopg.connect(server_url, autocommit=True)) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with contextlib.closing(psycopg.connect(server_url, autocommit=True)) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def bare_database_url(services: Services) -> Iterator[str]:
    """An empty database without our tables, for this test alone."""
    with new_database(services.database_url) as url:
        yield url


@pytest.fixture(scope="session")
def template_database(services: Services) -> Iterator[str]:
    """The name of a migrated database nobody connects to; clones of it cost a few hundredths of a second."""
    # Here and not above: the tests of the services need no tables, and must run when the tables are broken.
    from models.migrate import upgrade

    with new_database(services.database_url) as url:
        upgrade(url)
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture(scope="session")
def _session_database(services: Services, template_database: str) -> Iterator[str]:
    with new_database(services.database_url, template_database) as url:
        yield url


@pytest.fixture
def database_url(_session_database: str) -> str:
    """A migrated database without a row in any table, not even what the first migration run puts in."""
    empty_tables(_session_database)
    return _session_database


@pytest.fixture
def new_desk_database_url(services: Services, template_database: str) -> Iterator[str]:
    """A migrated database for this test alone, as a new desk finds it; for tests that run real processes."""
    with new_database(services.database_url, template_database) as url:
        yield url


def empty_tables(url: str) -> None:
    """Empty every table but alembic's. Fails clearly when an earlier test left a transaction open."""
    with psycopg.connect(url, options="-c lock_timeout=30000") as connection:
        names = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'alembic_version'"
        ).fetchall()
        tables = [sql.Identifier(*name) for name in names]
        filled = [table for table in tables if _has_rows(connection, table)]
        if not filled:
            return
        try:
            connection.execute(
                sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(filled))
            )
        except psycopg.errors.LockNotAvailable:
            raise AssertionError(
                "an earlier test left a transaction open; its tables cannot be emptied"
            ) from None


def _has_rows(connection: psycopg.Connection, table: sql.Identifier) -> bool:
    row = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)).fetchone()
    return bool(row and row[0])


@pytest.fixture(scope="session")
def _session_redis(services: Services) -> str:
    if "REDIS_URL" not in os.environ:
        return services.redis_url
    for number in range(15, 0, -1):
        url = redis_database(services.redis_url, number)
        with redis.Redis.from_url(url) as client:
            if client.dbsize() == 0:
                return url
    pytest.fail("REDIS_URL: none of its databases 1 to 15 is empty; the tests would delete what is in them")


@pytest.fixture
def redis_url(_session_redis: str) -> str:
    """A Redis database without a key."""
    with redis.Redis.from_url(_session_redis) as client:
        client.flushdb()
    return _session_redis


def redis_database(url: str, number: int) -> str:
    """The URL of another database number of the same Redis server."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return urlunsplit(parts._replace(query=f"db={number}"))
    return urlunsplit(parts._replace(path=f"/{number}"))
