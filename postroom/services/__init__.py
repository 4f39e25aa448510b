"""Real Postgres and real Redis for a machine that has neither; they start and stop with us."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from postroom.services import postgres, redis
from postroom.services.account import account_for, private_folder
from postroom.services.claim import Taken, claimed, socket_folder
from postroom.services.errors import ServiceError
from postroom.services.secret import kept_secret
from postroom.services.server import Server

__all__ = ["ServiceError", "Services", "running"]


@dataclass(frozen=True)
class Services:
    """Where the two services are. The URLs hold passwords: never log them."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    embedded: tuple[Server, ...] = ()

    def keep_running(self) -> None:
        """Start an embedded server again that ended by itself; for the loop of the main thread."""
        for server in self.embedded:
            server.keep_running()


@contextlib.contextmanager
def running(
    data: Path, database_url: str | None, redis_url: str | None, *, join: bool = False
) -> Iterator[Services]:
    """See to it that both services run for the length of a `with` block; a given URL is used as it is.

    Call it from the main thread: the servers end with the thread that started them. With `join`, the
    services of a Postroom that is using the data folder right now are shared (for short commands beside it);
    they then end with that one. Raises ServiceError, whose text says what to do.
    """
    if database_url and redis_url:
        yield Services(database_url, redis_url)
        return
    data = data.resolve()
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(claimed(data))
            found = _started(data, database_url, redis_url, stack)
        except Taken as taken:
            if not join:
                raise ServiceError(
                    f"Another Postroom (process {taken.pid or 'unknown'}) is using the data folder {data}. "
                    "Stop it first, or choose another folder with --data."
                ) from None
            found = _shared(data, database_url, redis_url)
        yield found


def _started(
    data: Path, database_url: str | None, redis_url: str | None, stack: contextlib.ExitStack
) -> Services:
    account = account_for(data / "postgres")
    sockets = private_folder(socket_folder(data, account), account)
    stack.callback(_remove_if_empty, sockets)
    embedded = []
    if not database_url:
        database_url, server = stack.enter_context(postgres.running(data, sockets))
        embedded.append(server)
    if not redis_url:
        redis_url, server = stack.enter_context(redis.running(data, sockets))
        embedded.append(server)
    return Services(database_url, redis_url, tuple(embedded))


def _shared(data: Path, database_url: str | None, redis_url: str | None, seconds: float = 30) -> Services:
    """The services of the Postroom that holds the data folder, once they answer."""
    sockets = socket_folder(data, account_for(data / "postgres"))
    found = Services(
        database_url or postgres.url(sockets, kept_secret(data, "postgres-password")),
        redis_url or redis.url(sockets),
    )
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(found.database_url, connect_timeout=5).close()
            return found
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise ServiceError(f"The Postroom that is using {data} does not answer: {error}") from error
            time.sleep(0.2)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # a socket of a killed server may lie there; the next start clears it
        folder.rmdir()
