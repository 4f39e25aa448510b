"""A real gate on a real Postgres, in a thread or in a process of its own, and what it has kept."""

import asyncio
import dataclasses
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trustme
import uvloop
from psycopg.rows import class_row

from mailgate.gate import open_gate, run
from mailgate.limits import GateSettings, Limits
from models.blobs import BlobStore
from tests.processes import free_port
from tests.smtp_client import Client
from tests.waiting import PATIENCE, wait_until

# Nobody in these tests waits before the greeting, except where the wait is what is tested.
QUICK = Limits(greeting_pause=0.0, directory_refresh_seconds=0.5, free_disk=0)


@dataclass(frozen=True)
class Kept:
    """A mail as the gate has stored it."""

    id: Any
    mail_from: str
    peer_ip: Any
    helo: str
    tls: str
    smtputf8: bool
    our_received: str
    raw_size: int
    raw: bytes | None
    raw_uri: str | None
    wire_flags: list[str]
    seen_count: int
    recipients: list[str]
    mailboxes: list[int]
    tags: list[str]


KEPT = """
SELECT id, mail_from, peer_ip, helo, tls, smtputf8, our_received, raw_size, raw, raw_uri, wire_flags, seen_count,
       ARRAY(SELECT rcpt FROM inbound_delivery WHERE inbound_id = id ORDER BY rcpt) AS recipients,
       ARRAY(SELECT mailbox_id FROM inbound_delivery WHERE inbound_id = id ORDER BY rcpt) AS mailboxes,
       ARRAY(SELECT tag FROM inbound_delivery WHERE inbound_id = id ORDER BY rcpt) AS tags
  FROM inbound_message ORDER BY received_at
"""


class Desk:
    """The database behind the gate, and the folder of large mails."""

    def __init__(self, url: str, blob_root: Path) -> None:
        self.url = url
        self.blobs = BlobStore(blob_root)
        self.execute("INSERT INTO mailbox (id, name) VALUES (1, 'Support'), (2, 'Sales')")
        for mailbox_id, address in (
            (1, "support@example.com"),
            (2, "sales@example.com"),
            (2, "verkauf@example.org"),
        ):
            self.add_address(mailbox_id, address)

    def execute(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(statement, values)

    def add_address(self, mailbox_id: int, address: str) -> None:
        self.execute("INSERT INTO mailbox_address (address, mailbox_id) VALUES (%s, %s)", address, mailbox_id)

    def kept(self) -> list[Kept]:
        """All mails, in the order of their coming."""
        with psycopg.connect(self.url) as connection:
            return connection.cursor(row_factory=class_row(Kept)).execute(KEPT).fetchall()

    def bodies(self) -> list[bytes]:
        """The bytes of all mails, wherever they lie."""
        return [
            mail.raw if mail.raw is not None else self.blobs.read(str(mail.raw_uri)) for mail in self.kept()
        ]


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    return Desk(database_url, tmp_path / "blobs")


class GateThread:
    """A gate in an event loop of its own, in a thread; `port` is where it listens."""

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._is_open = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._is_open.wait(PATIENCE)
        if self._failure:
            raise self._failure

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with open_gate(self._settings) as self.port:
                self._is_open.set()
                await self._stop.wait()
        except BaseException as error:
            self._failure = error
            self._is_open.set()

    def client(self, source: str = "127.0.0.1") -> Client:
        return Client(self.port, source)

    def begin_stopping(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.begin_stopping()
            self._thread.join(15)  # less than a drain may take: no session may linger
            assert not self._thread.is_alive()


GateFactory = Callable[..., GateThread]


@pytest.fixture
def open_a_gate(desk: Desk) -> Iterator[GateFactory]:
    """Opens a gate with other limits or settings than the usual: `open_a_gate(misses=2,
    hostname="mx.example.com")`.
    """
    names = {field.name for field in dataclasses.fields(Limits)}
    with ExitStack() as at_the_end:

        def open_one(**changes: Any) -> GateThread:
            limits = {name: value for name, value in changes.items() if name in names}
            others = {name: value for name, value in changes.items() if name not in names}
            settings = {"database_url": desk.url, "blob_root": desk.blobs.root, "port": 0, **others}
            gate = GateThread(GateSettings(**settings, limits=dataclasses.replace(QUICK, **limits)))
            at_the_end.callback(gate.stop)
            return gate

        yield open_one


@pytest.fixture
def gate(open_a_gate: GateFactory) -> GateThread:
    return open_a_gate()


class GateProcess:
    """A gate in a process of its own, to be measured or killed."""

    def __init__(self, settings: GateSettings) -> None:
        self.port = settings.port
        self._process = multiprocessing.get_context("spawn").Process(
            target=run, args=(settings,), daemon=True
        )
        self._process.start()
        self.pid = self._process.pid
        wait_until(self._listens, told="the gate does not listen")

    def _listens(self) -> bool:
        with suppress(ConnectionRefusedError):
            Client(self.port).socket.close()
            return True
        return False

    def client(self, source: str = "127.0.0.1") -> Client:
        return Client(self.port, source)

    def memory(self) -> int:
        """Resident octets now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))

    def processor_seconds(self) -> float:
        """What it has spent so far of the processor's time, however busy the machine is with other things."""
        spent = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")

    def peak_memory(self) -> int:
        """The most resident octets so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def kill(self) -> None:
        self._process.kill()
        self._process.join(10)

    def terminate(self) -> int | None:
        """SIGTERM; the exit code."""
        self._process.terminate()
        self._process.join(PATIENCE)
        return self._process.exitcode


@pytest.fixture
def start_a_gate(desk: Desk) -> Iterator[Callable[..., GateProcess]]:
    with ExitStack() as at_the_end:

        def start(limits: Limits = QUICK, **changes: Any) -> GateProcess:
            settings = {
                "database_url": desk.url,
                "blob_root": desk.blobs.root,
                "port": free_port(),
                **changes,
            }
            process = GateProcess(GateSettings(**settings, limits=limits))
            at_the_end.callback(process.kill)
            return process

        yield start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own making and its key, as files."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    issued = trustme.CA().issue_cert("mx.example.com")
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    return certificate, key


@pytest.fixture
def tls_gate(open_a_gate: GateFactory, certificate: tuple[Path, Path]) -> GateThread:
    return open_a_gate(tls_cert=certificate[0], tls_key=certificate[1])
