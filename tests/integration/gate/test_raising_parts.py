"""What the gate stands on raises, is down or slow, in the middle of MAIL, RCPT or DATA: the sender hears 451 and nothing of it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from mailgate import answers, custody as real
from mailgate.breaker import Breaker
from mailgate.envelope import Envelope, Recipient, new_id
from mailgate.envelope_address import Address
from mailgate.house import House
from mailgate.limits import GateSettings
from mailgate.server import GateSession
from mailgate.store import StoreUnavailable
from mailgate.volume import Volume
from tests.gate import QUICK
from tests.smtp_client import MAIL, RCPT, Client
from tests.waiting import PATIENCE

SECRET = "connection to server at 10.0.0.5, port 5432 failed for user postroom"
OUR_TROUBLE = b"451 4.3.0 Our trouble, not yours, please try again later\r\n"


class Custody:
    """Raises while `is_broken`, at once or when a mail is to be kept."""

    def __init__(self) -> None:
        self.broken_at = ""
        self.kept: list[Envelope] = []
        self.sound = Breaker(5, 10, lambda: 0.0)
        self.is_full = False
        self.volume = Volume(QUICK)

    @property
    def breaker(self) -> Breaker:
        if self.broken_at == "MAIL":
            raise RuntimeError(SECRET)
        return self.sound

    async def keep(self, envelope: Envelope) -> UUID:
        if self.broken_at == "DATA":
            raise RuntimeError(SECRET)
        self.kept.append(envelope)
        return envelope.id

    def end_if_late(self, now: float) -> None:
        """Nobody waits here."""


class Directory:
    def __init__(self, custody: Custody) -> None:
        self.custody = custody

    def known(self, address: Address) -> Recipient | None:
        if self.custody.broken_at == "RCPT":
            raise RuntimeError(SECRET)
        return None if self.custody.broken_at.startswith("RCPT, ") else Recipient(address.normalised, 1)

    async def resolve(self, address: Address) -> Recipient:
        if self.custody.broken_at == "RCPT, never":
            await asyncio.Event().wait()
        raise RuntimeError(SECRET)


@pytest.fixture
def custody() -> Custody:
    return Custody()


@pytest.fixture
def connect(custody: Custody, tmp_path: Path) -> Iterator[Callable[[], Client]]:
    """The real sessions in a house of such parts."""
    ports: list[int] = []
    is_open, is_over = threading.Event(), threading.Event()

    async def serve() -> None:
        house = House(GateSettings("", tmp_path, limits=QUICK), custody, Directory(custody))  # type: ignore[arg-type]
        server = await asyncio.get_running_loop().create_server(lambda: GateSession(house), "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        is_open.set()
        await asyncio.to_thread(is_over.wait)
        house.abort_sessions()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert is_open.wait(60)
    yield lambda: Client(ports[0])
    is_over.set()
    thread.join(60)


def say(client: Client, command: bytes) -> bytes:
    if command != b"DATA":
        return client.says(command)
    if not (answer := client.says(command)).startswith(b"354 "):
        return answer
    client.send(b"Subject: x\r\n\r\n.\r\n")
    return client.answer()


@pytest.mark.parametrize(("broken_at", "at"), [("MAIL", 0), ("RCPT", 1), ("RCPT, later", 1), ("DATA", 2)])
def test_whatever_raises_is_our_trouble_and_leaves_a_clean_session(
    connect: Callable[[], Client], custody: Custody, broken_at: str, at: int
) -> None:
    """H-006, H-007, F1, F2"""
    commands = (MAIL, RCPT, b"DATA")
    with connect() as dora:
        dora.greets()
        custody.broken_at = broken_at
        answers = [say(dora, command) for command in commands[: at + 1]]
        assert answers[-1] == OUR_TROUBLE
        assert all(answer.startswith(b"250 ") for answer in answers[:-1])
        custody.broken_at = ""
        assert dora.says(b"DATA").startswith(b"503 "), "the old recipients are still there"
        assert [say(dora, command)[:3] for command in commands] == [b"250"] * 3
    assert len(custody.kept) == 1


def test_a_breaker_that_opens_between_two_commands_defers_at_the_next(connect: Callable[[], Client], custody: Custody) -> None:
    with connect() as dora:
        dora.greets()
        assert all(say(dora, command).startswith(b"250 ") for command in (MAIL, RCPT))
        custody.sound.trip()
        assert dora.says(b"DATA") == answers.STORE_IS_DOWN
        custody.sound.succeeded()
        assert say(dora, b"DATA").startswith(b"250 ")


def test_nobody_waits_for_a_database_that_is_known_to_be_down(tmp_path: Path) -> None:
    custody = real.Custody(GateSettings("", tmp_path, limits=QUICK))
    custody.breaker.trip()
    mail = Envelope(
        id=new_id(), gateway="", peer_ip=None, helo="", tls="", smtputf8=False, mail_from="", recipients=(), our_received="",
        raw_sha256=b"", raw_size=0, raw=b"", spooled=None, wire_flags=(), id_hash=None,
    )  # fmt: skip
    with pytest.raises(StoreUnavailable):
        asyncio.run(asyncio.wait_for(custody.keep(mail), PATIENCE))


def test_what_is_sent_ahead_while_we_are_busy_is_read_no_further_than_we_can_hold(connect: Callable[[], Client], custody: Custody) -> None:
    custody.broken_at = "RCPT, never"
    with connect() as eve:
        eve.greets().says(MAIL)
        eve.send(RCPT + b"\r\n")
        eve.socket.settimeout(1.0)
        sent, most = 0, 60_000_000  # more than the buffers of a socket hold
        with pytest.raises(TimeoutError):
            while sent < most:
                sent += eve.socket.send(b"NOOP\r\n" * 10_000)
        assert sent < most
