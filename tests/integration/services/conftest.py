"""A data folder, the process that holds its services, and the two kinds of people who start it."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
import pytest
import redis

from postroom.children import Account
from postroom.services.account import account_for, reachable
from postroom.services.claim import socket_folder
from tests.processes import ROOT


@dataclass
class Holder:
    """A running holder of services, where they are, and what it said before."""

    process: subprocess.Popen[str]
    data: Path
    database_url: str
    redis_url: str
    said: str

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url)

    def servers(self) -> list[int]:
        """The process numbers of both servers and of everything Postgres started."""
        return processes_in(self.data)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)


def processes_in(data: Path) -> list[int]:
    """Every process whose working directory is in the data folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            place = Path(os.readlink(entry / "cwd"))
        except OSError:
            continue
        if place.is_relative_to(data):
            found.append(int(entry.name))
    return found


def eventually(happened: Callable[[], bool], seconds: float) -> bool:
    """Whether it happened within the time."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _accounts() -> list[str]:
    return ["as root", "as an ordinary user"] if os.geteuid() == 0 else ["as an ordinary user"]


@pytest.fixture(params=_accounts())
def account(request: pytest.FixtureRequest) -> Account | None:
    """Who starts Postroom: None is whoever runs the tests."""
    if request.param == "as root" or os.geteuid() != 0:
        return None
    daemon = pwd.getpwnam("daemon")
    return Account(daemon.pw_uid, daemon.pw_gid)


@pytest.fixture(scope="session")
def made_once() -> Iterator[Callable[[Account | None], Path]]:
    """A data folder that was started and stopped once, for each account; tests begin with a copy."""
    made: dict[Account | None, Path] = {}
    with ExitStack() as at_the_end:

        def make(account: Account | None) -> Path:
            if account not in made:
                home = at_the_end.enter_context(private_home(account))
                with holding(account, home / "data") as holder:
                    holder.stop()
                made[account] = home / "data"
            return made[account]

        yield make


@contextlib.contextmanager
def private_home(account: Account | None) -> Iterator[Path]:
    """A folder that only `account` may enter, with a space in its name."""
    with tempfile.TemporaryDirectory(prefix="postroom services ") as name:
        home = Path(name).resolve()
        if account:
            os.chown(home, account.uid, account.gid)
        yield home
        eventually(lambda: not processes_in(home), 30)
        shutil.rmtree(
            socket_folder(home / "data", account_for(home / "data" / "postgres")), ignore_errors=True
        )


@pytest.fixture
def new_data(account: Account | None) -> Iterator[Path]:
    """Where a data folder will be, as before the first start."""
    with private_home(account) as home:
        yield home / "data"


@pytest.fixture
def data(new_data: Path, account: Account | None, made_once: Callable[[Account | None], Path]) -> Path:
    """A data folder after its first start and stop."""
    subprocess.run(["cp", "-a", "--reflink=auto", made_once(account), new_data], check=True)
    return new_data


@pytest.fixture
def hold(account: Account | None, data: Path) -> Iterator[Callable[[], Holder]]:
    """Starts a holder of the data folder's services; what is left of it is killed in the end."""
    with ExitStack() as at_the_end:
        yield lambda: at_the_end.enter_context(holding(account, data))


@contextlib.contextmanager
def holding(account: Account | None, data: Path) -> Iterator[Holder]:
    """A holder that answers. Fails with what it said when it does not start."""
    process = start_holder(account, data)
    try:
        said = []
        for line in _output(process):
            if line.startswith("["):
                yield Holder(process, data, *json.loads(line), "".join(said))
                return
            said.append(line)
        pytest.fail("the services did not start: " + "".join(said))
    finally:
        _end(process)


def _output(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def start_holder(account: Account | None, data: Path) -> subprocess.Popen[str]:
    command = [*_becoming(account), sys.executable, "-m", "tests.integration.services.holder", str(data)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _becoming(account: Account | None) -> list[str]:
    """The words that make a command run as `account`.

    Where the interpreter or the checkout lies in root's private folder, the ordinary user is let read it,
    and gets no other right of root's.
    """
    if account is None:
        return []
    words = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    if reachable(Path(sys.executable), account) and reachable(ROOT, account):
        return words
    return [*words, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait(60)
    _output(process).close()
