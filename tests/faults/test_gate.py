"""The gate while Postgres is stopped, paused or slow, and while the gate itself is killed."""

import contextlib
import dataclasses
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailgate.limits import MIB, GateSettings
from models.blobs import BlobStore
from models.migrate import upgrade
from postroom.services import running
from tests.gate import QUICK, Desk, GateProcess, GateThread
from tests.processes import free_port
from tests.services import empty_tables
from tests.small_disk import fill, small_disk
from tests.smtp_client import MAIL, RCPT, Client
from tests.waiting import wait_until

WIRE = b"Subject: x\r\n\r\nhello\r\n"
INTERNALS = (b"psycopg", b"postgres", b"Error", b"Traceback", b"host", b"socket", b"SELECT", b"INSERT")
HASTY = dataclasses.replace(
    QUICK,
    keep_seconds=2.0,
    lookup_seconds=1.0,
    breaker_probe_seconds=0.3,
    connect_seconds=2.0,
    breaker_failures=3,
)


class OwnPostgres:
    """A Postgres of these tests alone, which may be taken away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.is_up = False
        self.start()
        upgrade(self.url)

    def start(self) -> None:
        if not self.is_up:
            self._running = running(self._folder, None, "redis://127.0.0.1:1")
            self.url = self._running.__enter__().database_url
            self.is_up = True

    def stop(self) -> None:
        if self.is_up:
            self._running.__exit__(None, None, None)
            self.is_up = False

    def signal(self, number: int) -> None:
        """To the server and to every session of it."""
        main = int((self._folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for pid in (main, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):  # a session may end while one looks
                os.kill(pid, number)


@pytest.fixture(scope="module")
def lent_postgres() -> Iterator[OwnPostgres]:
    with tempfile.TemporaryDirectory(prefix="postroom-gate-") as folder:
        server = OwnPostgres(Path(folder))
        yield server
        server.stop()


@pytest.fixture
def own_postgres(lent_postgres: OwnPostgres) -> OwnPostgres:
    """The server, up and empty, whatever the test before has done to it."""
    lent_postgres.start()
    empty_tables(lent_postgres.url)
    return lent_postgres


@pytest.fixture
def own_desk(own_postgres: OwnPostgres, tmp_path: Path) -> Desk:
    return Desk(own_postgres.url, tmp_path / "blobs")


@contextmanager
def hasty_gate(desk: Desk, **changes: float) -> Iterator[GateThread]:
    limits = dataclasses.replace(HASTY, **changes)  # type: ignore[arg-type]
    gate = GateThread(GateSettings(desk.url, desk.blobs.root, port=0, limits=limits))
    try:
        yield gate
    finally:
        gate.stop()


def says_nothing_of_us(answer: bytes) -> bool:
    return not any(word in answer for word in INTERNALS)


def greeting(gate: GateThread) -> bytes:
    with gate.client() as client:
        return client.answer()


def test_while_postgres_is_down_everything_is_deferred_and_nothing_is_told(
    own_postgres: OwnPostgres, own_desk: Desk
) -> None:
    """H-006, H-007, X-04"""
    with hasty_gate(own_desk) as gate:
        dora, ben = gate.client().greets(), gate.client().greets()
        dora.begins_mail()
        ben.says(MAIL)
        ben.says(RCPT)
        own_postgres.stop()
        dora.send(WIRE + b".\r\n")
        answer = dora.answer()
        assert answer.startswith(b"451 4.3.") and says_nothing_of_us(answer)
        assert dora.says(b"DATA").startswith(b"503 ")  # never the old recipients
        # A yes is known without the database; a no is not given without it.
        assert ben.says(b"RCPT TO:<sales@example.com>").startswith(b"250 ")
        answer = ben.says(b"RCPT TO:<nobody@example.com>")
        assert answer == b"451 4.3.0 Our trouble, not yours, please try again later\r\n"
        own_postgres.start()
        wait_until(lambda: greeting(gate).startswith(b"220 "))
        with gate.client() as cleo:
            assert cleo.greets().gives(WIRE).startswith(b"250 ")
    assert own_desk.bodies() == [WIRE]


def test_the_breaker_opens_after_some_failures_and_closes_when_postgres_is_back(
    own_postgres: OwnPostgres, own_desk: Desk
) -> None:
    """S2"""
    with hasty_gate(own_desk, troubles=100) as gate:
        with gate.client() as dora:
            dora.greets().begins_mail()
            own_postgres.stop()
            dora.send(WIRE + b".\r\n")
            assert dora.answer().startswith(b"451 ")
            for _ in range(2):
                assert dora.gives(WIRE).startswith(b"451 ")
            # Another answer than that of a try that failed: nobody tries any more.
            assert dora.says(MAIL).startswith(b"451 4.3.2 ")
            assert greeting(gate) == b"421 4.3.2 Cannot keep mail right now, please try again later\r\n"
        own_postgres.start()
        wait_until(lambda: greeting(gate).startswith(b"220 "))


def test_more_than_three_troubles_end_the_session(own_postgres: OwnPostgres, own_desk: Desk) -> None:
    """S25"""
    with hasty_gate(own_desk, breaker_failures=100) as gate, gate.client() as dora:
        dora.greets().says(MAIL)
        own_postgres.stop()
        answers = [dora.says(b"RCPT TO:<nobody@example.com>")[:9] for _ in range(4)]
        assert answers == [b"451 4.3.0"] * 3 + [b"421 4.3.0"]
        own_postgres.start()


def test_a_gate_that_starts_before_postgres_defers_until_it_is_there(
    own_postgres: OwnPostgres, own_desk: Desk
) -> None:
    own_postgres.stop()
    with hasty_gate(own_desk) as gate:
        assert greeting(gate).startswith(b"421 4.3.2 ")
        own_postgres.start()
        wait_until(lambda: greeting(gate).startswith(b"220 "))
        with gate.client() as dora:
            assert dora.greets().gives(WIRE).startswith(b"250 ")


def test_a_paused_postgres_holds_nobody_longer_than_the_deadline(
    own_postgres: OwnPostgres, own_desk: Desk
) -> None:
    """H-006, X-05"""
    with hasty_gate(own_desk) as gate, gate.client() as dora:
        dora.greets().begins_mail()
        own_postgres.signal(signal.SIGSTOP)
        try:
            dora.send(WIRE + b".\r\n")
            assert dora.answer().startswith(b"451 4.3.0 ")  # from Postgres nothing will come as long as it stands still
        finally:
            own_postgres.signal(signal.SIGCONT)
        wait_until(lambda: greeting(gate).startswith(b"220 "))
        with gate.client() as ben:
            assert ben.greets().gives(WIRE).startswith(b"250 ")
    (mail,) = own_desk.kept()  # the first try may have landed after all: it is the same row
    assert mail.raw == WIRE


def test_the_gate_greets_others_while_a_commit_hangs(own_postgres: OwnPostgres, own_desk: Desk) -> None:
    """The event loop never waits for Postgres."""
    with hasty_gate(own_desk, keep_seconds=60.0) as gate, gate.client() as dora:
        dora.greets().begins_mail()
        own_postgres.signal(signal.SIGSTOP)
        try:
            dora.send(WIRE + b".\r\n")
            with gate.client() as ben:
                assert ben.greets().says(MAIL).startswith(b"250 ")
                assert ben.says(RCPT).startswith(b"250 ")
            assert not dora.has_been_told_something()
        finally:
            own_postgres.signal(signal.SIGCONT)
        assert dora.answer().startswith(b"250 ")


def test_sessions_killed_in_postgres_cost_a_retry_at_most(own_postgres: OwnPostgres, own_desk: Desk) -> None:
    """X-02"""
    with hasty_gate(own_desk, breaker_failures=1_000, troubles=1_000) as gate, gate.client() as dora:
        dora.greets()
        wires = [b"Subject: %d\r\n\r\n" % number for number in range(60)]
        for number, wire in enumerate(wires):
            if number % 6 == 0:
                own_desk.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'postroom gate%%'"
                )
            for _ in range(5):
                answer = dora.gives(wire)
                assert answer[:3] in (b"250", b"451")
                if answer.startswith(b"250 "):
                    break
            assert answer.startswith(b"250 ")
    assert own_desk.bodies() == wires


def test_no_mail_is_lost_or_doubled_when_the_gate_is_killed_again_and_again(
    desk: Desk, start_a_gate: Callable[..., GateProcess]
) -> None:
    """X-01: senders that try again until they are thanked, and a gate that is killed under them."""
    port = free_port()
    thanked: list[bytes] = []
    is_over = threading.Event()

    def sender(number: int) -> None:
        count = 0
        while not is_over.is_set():
            count += 1
            wire = b"Subject: %d-%d\r\n\r\nhello\r\n" % (number, count)
            while not is_over.is_set():
                try:
                    with Client(port) as client:
                        if client.greets().gives(wire).startswith(b"250 "):
                            thanked.append(wire)
                            break
                except (OSError, AssertionError):
                    time.sleep(0.02)

    senders = [threading.Thread(target=sender, args=(number,)) for number in range(4)]
    gate = start_a_gate(port=port)
    for thread in senders:
        thread.start()
    dice = random.Random(1)
    for kill in range(1, 7):
        wait_until(lambda: len(thanked) >= 20 * kill)
        time.sleep(dice.random() / 5)
        gate.kill()
        gate = start_a_gate(port=port)
    wait_until(lambda: len(thanked) >= 140)
    is_over.set()
    for thread in senders:
        thread.join()
    bodies = desk.bodies()
    assert set(thanked) <= set(bodies), "a mail that was thanked for is gone"
    assert len(bodies) == len(set(bodies)), "a mail is there twice"


def test_a_full_disk_of_the_blobs_defers_large_mail_and_loses_none(own_desk: Desk) -> None:
    """X-29: a mail under way is told to come again, the next ones already at MAIL, until there is room."""
    large = b"Subject: large\r\n\r\n" + b"x" * 1_500_000 + b"\r\n"
    with small_disk(megabytes=16) as disk:
        own_desk.blobs = BlobStore(disk / "blobs")
        with hasty_gate(own_desk, message=2 * MIB) as gate:
            with gate.client() as dora:
                dora.greets().begins_mail()
                fill(disk / "ballast")
                dora.send(large + b".\r\n")
                assert dora.answer().startswith(b"452 4.3.1 ")
            wait_until(lambda: mail_is_answered(gate, b"452 4.3.1 "))
            assert own_desk.kept() == []
            (disk / "ballast").unlink()
            wait_until(lambda: mail_is_answered(gate, b"250 "))
            with gate.client() as dora:
                assert dora.greets().gives(large).startswith(b"250 ")
        assert own_desk.bodies() == [large]
        assert [path.name for path in own_desk.blobs.root.rglob(".*.tmp")] == []


def mail_is_answered(gate: GateThread, beginning: bytes) -> bool:
    with gate.client() as client:
        return client.greets().says(MAIL).startswith(beginning)
