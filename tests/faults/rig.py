"""A desk to be shot at: its own Postgres and Redis, a gate and two filers, each of which can be killed and comes back."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from models.actions.mailboxes import ensure_first_mailbox
from models.app import base_app, blobs_of
from models.blobs import BlobStore
from models.database import db
from models.migrate import upgrade
from models.queries.custody import Ledger, ledger
from models.settings import load_settings
from postroom.services import running
from tests.children import children_of
from tests.processes import ROOT, environment
from tests.waiting import wait_until

PROCESSES = ("gate", "filer.1", "filer.2")


def gate_answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        return line.recv(3) == b"220"
    return False


class Service:
    """Postgres or Redis in a folder of its own; after `kill` it is started again in the same place."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self.kind = kind
        self.stack = contextlib.ExitStack()
        self.start()

    def start(self) -> None:
        urls = (None, "unused") if self.kind == "postgres" else ("unused", None)
        services = self.stack.enter_context(running(self.folder, *urls))
        self.url = services.database_url if self.kind == "postgres" else services.redis_url

    @property
    def pid(self) -> int:
        note = "postgres/postmaster.pid" if self.kind == "postgres" else "redis/redis.pid"
        return int((self.folder / note).read_text().split()[0])

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def restart(self) -> None:
        self.stack.close()
        self.start()

    def signal_all(self, number: signal.Signals) -> None:
        """The server and all its children: a machine that stands still."""
        pid = self.pid
        for each in (pid, *children_of(pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, number)


class Rig:
    """The desk. `kill(name)` ends a process with SIGKILL; who watches over the processes starts it again."""

    processes: tuple[str, ...] = PROCESSES

    def __init__(self, folder: Path, postgres_folder: Path | None = None, **settings: str) -> None:
        self.serve(folder, postgres_folder)
        self.data = folder / "data"
        self.env = environment(self.data, {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.redis.url, **settings})
        self.settings = load_settings(self.env)
        self.app = base_app(self.settings, pool_size=1)
        self.log = (folder / "log").open("ab")
        upgrade(self.postgres.url)
        with self.app.app_context():
            ensure_first_mailbox(self.settings.support_address)
            db.session.commit()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.guard = threading.Lock()
        self.is_over = threading.Event()
        self.keeper = threading.Thread(target=self.keep_alive, daemon=True)
        self.keeper.start()
        self.wait_until_up()

    def serve(self, folder: Path, postgres_folder: Path | None) -> None:
        """Start what the desk stands on."""
        self.postgres = Service(postgres_folder or folder / "pg", "postgres")
        self.redis = Service(folder / "rd", "redis")

    @property
    def port(self) -> int:
        return int(self.env["SMTP_PORT"])

    @property
    def blobs(self) -> BlobStore:
        return blobs_of(self.app)

    def keep_alive(self) -> None:
        """What a supervisor does, without its patience."""
        while not self.is_over.wait(0.05):
            with self.guard:
                for name in self.processes:
                    process = self.running.get(name)
                    if process is None or process.poll() is not None:
                        self.running[name] = self.start(name)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "postroom", name.partition(".")[0]]
        return subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=self.log, stderr=self.log, start_new_session=True)

    def kill(self, name: str) -> None:
        with self.guard:
            self.running[name].kill()
            self.running[name].wait()

    def kill_a_child(self, chance: float = 0.0) -> bool:
        """A reading child of some filer. Whether there was one."""
        children = [child for name in self.processes[1:] for child in children_of(self.running[name].pid)]
        if not children:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(children[int(chance * len(children))], signal.SIGKILL)
        return True

    def kill_a_backend(self) -> None:
        """The server process of one connection: Postgres then ends all others too and recovers."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend' ORDER BY random() LIMIT 1"
            ).fetchone()
        if row:
            with contextlib.suppress(ProcessLookupError):
                os.kill(row[0], signal.SIGKILL)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.postgres.url, autocommit=True, connect_timeout=10)

    def wait_until_up(self) -> None:
        self.wait_for_the_gate()

    def wait_for_the_gate(self) -> None:
        wait_until(lambda: gate_answers(self.port), 90, lambda: f"the gate does not answer:\n{self.tail()}")

    def wait_until_all_is_filed(self, patience: float = 150) -> None:
        """Waits as long as the number of mails that wait goes down every now and then."""
        fewest, since = None, time.monotonic()
        while True:
            with contextlib.suppress(psycopg.OperationalError), self.connect() as connection:
                rows = connection.execute(
                    "SELECT state, count(*), min(last_error) FROM inbound_message WHERE state <> 'done' GROUP BY 1"
                ).fetchall()
                waiting = sum(number for _, number, _ in rows)
                if not waiting:
                    return
                if fewest is None or waiting < fewest:
                    fewest, since = waiting, time.monotonic()
                assert time.monotonic() - since < patience, f"not everything is filed: {rows}\n{self.tail()}"
            time.sleep(0.2)

    def ledger(self) -> Ledger:
        with self.app.app_context():
            sums = ledger()
            db.session.rollback()
            return sums

    def pids(self) -> list[int]:
        with self.guard:
            return [self.running[name].pid for name in self.processes]

    def tail(self, lines: int = 40) -> str:
        self.log.flush()
        return "\n".join(Path(self.log.name).read_text(errors="replace").splitlines()[-lines:])

    def close(self) -> None:
        self.is_over.set()
        self.keeper.join(5)
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        with self.app.app_context():
            db.engine.dispose()
        self.redis.stack.close()
        self.postgres.stack.close()
        self.log.close()


@contextlib.contextmanager
def open_rig(postgres_folder: Path | None = None, **settings: str) -> Iterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="postroom-faults-", ignore_cleanup_errors=True) as folder:
        rig = Rig(Path(folder), postgres_folder, **settings)
        try:
            yield rig
        finally:
            rig.close()


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """One desk for the tests of a module: after each of them it must be as good as new."""
    with open_rig() as opened:
        yield opened
