"""A desk on two machines: on each a gate, a filer, a worker, a web and a clock, in processes of their own on one computer.

They share Postgres (a primary and two standbys), Redis behind Sentinels and an object store, and no folder.
"""

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from pathlib import Path
from shutil import copytree

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from models import migrate
from models.actions.people import create_user
from models.database import db, plain_engine
from tests.api import ApiClient
from tests.faults.cluster import PostgresCluster, RedisCluster
from tests.faults.rig import Rig, gate_answers
from tests.object_store import ObjectStore
from tests.processes import ROOT, free_port
from tests.waiting import wait_until
from tests.web import Answer, Socket

MACHINES = ("one", "two")
KINDS = ("gate", "filer", "worker", "web", "clock")
SHORT_KINDS = ("gate", "filer", "web")
PASSWORD = "a-long-password-for-cleo"
DRAIN_SECONDS = 25.0  # what contract.md promises of every process

NEXT_VERSION = '''"""What the next version adds: a column of each table that mail goes through, and a table of its own."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade() -> None:
    for table in ("inbound_message", "ticket", "message", "outbox"):
        op.add_column(table, sa.Column("of_the_next_version", sa.Text()))
    op.create_table("of_the_next_version", sa.Column("id", sa.BigInteger(), primary_key=True))
'''


class Fleet(Rig):
    """The desk. Whoever ends is started again, as by systemd; unless his machine is lost."""

    def __init__(self, folder: Path, kinds: Sequence[str] = KINDS) -> None:
        self.folder = folder
        self.kinds = kinds
        self.processes = tuple(f"{kind}.{machine}" for machine in MACHINES for kind in kinds)
        self.lost: set[str] = set()
        self.objects = ObjectStore()
        self.ports = {f"{kind}.{machine}": free_port() for machine in MACHINES for kind in KINDS}
        secret = "one secret for all machines of the desk"
        super().__init__(folder, SECRET_KEY=secret, ATTACHMENTS_URL=self.objects.url, AGENT_VISIBILITY="all", WEB_THREADS="40")
        with self.app.app_context():
            create_user("cleo", "cleo@desk.example", "admin", full_name="Cleo", password=PASSWORD)
            db.session.commit()

    def serve(self, folder: Path, postgres_folder: Path | None) -> None:
        folder.chmod(0o711)  # so that root's servers, which run as somebody else, come to theirs
        self.cluster, self.bells = PostgresCluster(folder), RedisCluster(folder)
        self.postgres, self.redis = self.cluster, self.bells  # type: ignore[assignment]

    def start(self, name: str) -> subprocess.Popen[bytes]:
        kind, machine = name.split(".")
        own = {
            "POSTROOM_DATA": str(self.folder / machine),
            "SMTP_PORT": str(self.ports[f"gate.{machine}"]),
            "HTTP_PORT": str(self.ports[f"web.{machine}"]),
        }
        command = [sys.executable, "-m", "postroom", kind]
        return subprocess.Popen(
            command, env={**self.env, **own}, cwd=ROOT, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def keep_alive(self) -> None:
        while not self.is_over.wait(0.05):
            with self.guard:
                for name in self.processes:
                    process = self.running.get(name)
                    if name not in self.lost and (process is None or process.poll() is not None):
                        self.running[name] = self.start(name)

    @property
    def mx(self) -> list[int]:
        return [self.ports[f"gate.{machine}"] for machine in MACHINES]

    @property
    def webs(self) -> list[str]:
        return [f"http://127.0.0.1:{self.ports[f'web.{machine}']}" for machine in MACHINES]

    def wait_until_up(self) -> None:
        for name in self.processes:
            self.wait_for(name)

    def wait_for(self, name: str) -> None:
        """Until a gate or a web answers; the others announce themselves by what they do."""
        kind = name.partition(".")[0]
        if kind in ANSWERS:
            wait_until(lambda: ANSWERS[kind](self.ports[name]), 120, lambda: f"{name} does not answer:\n{self.tail()}")

    def lose(self, name: str) -> None:
        self.lost.add(name)
        self.kill(name)

    def find(self, name: str) -> None:
        """The lost one is started again; who wants to know when it answers, waits for it."""
        self.lost.discard(name)

    def pids(self) -> list[int]:
        """Of all whose machine is not lost."""
        with self.guard:
            return [self.running[name].pid for name in self.processes if name not in self.lost]

    def drains(self, names: list[str]) -> float:
        """Ask them all to stop; the seconds until the last had. Each must end by itself, in order and in time."""
        with self.guard:
            began = time.monotonic()
            for name in names:
                self.running[name].send_signal(signal.SIGTERM)
            for name in names:
                try:
                    code = self.running[name].wait(max(0.0, began + DRAIN_SECONDS - time.monotonic()))
                except subprocess.TimeoutExpired:
                    raise AssertionError(f"{name} was not gone after {DRAIN_SECONDS} s:\n{self.tail()}") from None
                assert code == 0, f"{name} ended with {code}:\n{self.tail()}"
            return time.monotonic() - began

    def restarts(self, names: list[str]) -> float:
        """Each ends, is started anew by whoever watches, and answers again; how long the ends took."""
        took = self.drains(names)
        for name in names:
            self.wait_for(name)
        return took

    def close(self) -> None:
        """What this desk had to show it has shown: nothing ends in style any more."""
        self.is_over.set()
        self.keeper.join(5)
        for process in self.running.values():
            process.kill()
        super().close()
        self.objects.stop()


def next_version_migrates(url: str, folder: Path) -> None:
    """What `postroom migrate` of the next version does, while this one is at work."""
    steps = copytree(Path(migrate.__file__).parent / "migrations", folder / "next-version")
    engine = plain_engine(url)
    with engine.connect() as connection:
        config = migrate.alembic_config(connection)
        head = ScriptDirectory.from_config(config).get_current_head()
        (steps / "versions" / "9999_next_version.py").write_text(NEXT_VERSION.format(head=head))
        config.set_main_option("script_location", str(steps))
        connection.execute(text("SET lock_timeout = '3s'"))
        connection.commit()
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


def web_answers(port: int) -> bool:
    with contextlib.suppress(OSError, HTTPException), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


ANSWERS = {"gate": gate_answers, "web": web_answers}


class Browser:
    """What a browser behind a balancer is to the desk: where one web does not answer, it asks the other."""

    def __init__(self, webs: list[str]) -> None:
        self.webs = webs
        self.token = ""
        self.statuses: dict[int, int] = {}
        self.token = self.asks("POST", "/api/auth/token/", username="cleo", password=PASSWORD).json["access"]

    def asks(self, method: str, path: str, key: str = "", **body: object) -> Answer:
        """Ask until somebody answers. A change carries an idempotency key, so it may be asked again."""
        deadline = time.monotonic() + 60
        while True:
            for base in list(self.webs):
                script = ApiClient(base, self.token)
                named = {"Idempotency-Key": key} if key else {}
                try:
                    answer = script.get(path) if method == "GET" else script.post(path, named, **body)
                except (OSError, HTTPException):
                    self.webs.append(self.webs.pop(0))
                    continue
                self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
                return answer
            assert time.monotonic() < deadline, "no web answers"
            time.sleep(0.1)

    def socket(self, base: str, last_event_id: int | None = None) -> Socket:
        resume = "" if last_event_id is None else f"&last_event_id={last_event_id}"
        return Socket(base, f"/ws/inbox/?token={self.token}{resume}")


@contextlib.contextmanager
def open_fleet(kinds: Sequence[str] = KINDS) -> Iterator[Fleet]:
    with tempfile.TemporaryDirectory(prefix="postroom-fleet-", ignore_cleanup_errors=True) as folder:
        fleet = Fleet(Path(folder), kinds)
        try:
            yield fleet
        finally:
            fleet.close()


@pytest.fixture(scope="module")
def fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """In the short form without those who neither take mail nor answer anybody."""
    with open_fleet(KINDS if request.config.getoption("--long") else SHORT_KINDS) as opened:
        yield opened
