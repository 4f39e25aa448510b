"""How fast mail is taken in, beside two yardsticks run in the same minute on the same machine.

python -m bench.accept [--seconds 8] [--clients 32] [--runs 3] [--only "50 KB"] [--url postgresql://…]

For 4 KB, 50 KB and 1 MB mails, each over a new connection: the gate (committed before 250); a null sink that
speaks just enough SMTP and stores nothing, ours and Postfix's `smtp-sink` where it is installed; and as many
plain `INSERT … COMMIT` connections. Only the ratios travel to other machines. The database is emptied of
mail.
"""

import argparse
import asyncio
import getpass
import multiprocessing
import os
import random
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from mailgate import gate
from mailgate.limits import GateSettings, Limits
from models.migrate import upgrade
from postroom.services import running

SIZES = {"4 KB": 4_000, "50 KB": 50_000, "1 MB": 1_000_000}
GENEROUS = Limits(sessions=10_000, body_slots=1_000, commands=10**9, big_a_day=2**60, big_a_day_from_one=2**60)


class Sender(asyncio.Protocol):
    """Gives one mail over one connection, waiting for each answer as a plain client does."""

    def __init__(self, mail: bytes, done: asyncio.Future[bool]) -> None:
        self._steps = [
            b"EHLO bench.example\r\n", b"MAIL FROM:<dora@example.org>\r\n", b"RCPT TO:<support@example.com>\r\n",
            b"DATA\r\n", mail, b"QUIT\r\n",
        ]  # fmt: skip
        self._codes = [b"220", b"250", b"250", b"250", b"354", b"250"]
        self._at = 0
        self._heard = b""
        self._done = done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if (
            not self._heard.endswith(b"\r\n")
            or self._heard[self._heard.rfind(b"\n", 0, -1) + 1 :][3:4] == b"-"
        ):
            return
        is_right = self._at < len(self._codes) and self._heard.startswith(self._codes[self._at])
        self._heard = b""
        if not is_right and self._at < len(self._steps):
            self._settle(False)
            return
        if self._at < len(self._steps):
            self._transport.write(self._steps[self._at])
            if self._at == len(self._steps) - 1:
                self._settle(True)
        self._at += 1

    def connection_lost(self, error: Exception | None) -> None:
        self._settle(False)

    def _settle(self, is_taken: bool) -> None:
        if not self._done.done():
            self._done.set_result(is_taken)
            self._transport.close()


class Sink(asyncio.Protocol):
    """The least that a sender takes for a mail server: reads, stores nothing, says yes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._in_body = False
        self._tail = b""
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        if self._in_body:
            self._tail = (self._tail + data)[-5:]
            if self._tail == b"\r\n.\r\n":
                self._in_body = False
                self._transport.write(b"250 ok\r\n")
        elif data[:4] == b"DATA":
            self._in_body, self._tail = True, b""
            self._transport.write(b"354 go\r\n")
        elif data[:4] == b"QUIT":
            self._transport.close()
        else:
            self._transport.write(b"250 ok\r\n")


def run_sink(port: int) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port, backlog=1_024)
        await server.serve_forever()

    asyncio.run(serve())


def make_mails(size: int) -> Iterator[bytes]:
    """Mails of about `size` octets, no two alike, terminated for the wire."""
    dice = random.Random(size)
    line = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz     ", k=74)).encode() + b"\r\n"
    filling = line * (size // len(line))
    number = 0
    while True:
        number += 1
        yield b"Subject: bench %d %d\r\n\r\n" % (os.getpid(), dice.getrandbits(60)) + filling + b"\r\n.\r\n"


async def send_for(seconds: float, port: int, size: int, clients: int) -> float:
    """Mails a second taken by whatever listens at `port`."""
    loop = asyncio.get_running_loop()
    mails = make_mails(size)
    taken = refused = 0
    ends = time.monotonic() + seconds

    async def one_client() -> None:
        nonlocal taken, refused
        while time.monotonic() < ends:
            done: asyncio.Future[bool] = loop.create_future()
            await loop.create_connection(partial(Sender, next(mails), done), "127.0.0.1", port)
            if await done:
                taken += 1
            else:
                refused += 1

    begin = time.monotonic()
    await asyncio.gather(*(one_client() for _ in range(clients)))
    rate = taken / (time.monotonic() - begin)
    if refused:
        print(f"    ({refused} refused)")
    return rate


def insert_for(seconds: float, url: str, size: int, connections: int) -> float:
    """Rows a second by as many connections, each committing one mail at a time."""
    counts = [0] * connections
    ends = time.monotonic() + seconds
    body = os.urandom(64) * (size // 64)

    def one_connection(number: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while time.monotonic() < ends:
                connection.execute("INSERT INTO bench_row (key, raw) VALUES (%b, %b)", (os.urandom(32), body))
                counts[number] += 1

    threads = [threading.Thread(target=one_connection, args=(number,)) for number in range(connections)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - begin)


@contextmanager
def listening(target: Callable[..., None], port: int, *arguments: object) -> Iterator[None]:
    """A process that listens at the port while the context is open."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
    process.start()
    wait_for_port(port)
    try:
        yield
    finally:
        process.terminate()
        process.join(20)


@contextmanager
def postfix_sink(port: int) -> Iterator[None]:
    command = ["smtp-sink", "-u", getpass.getuser(), f"127.0.0.1:{port}", "1024"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    wait_for_port(port)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def wait_for_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens at port {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(url: str) -> None:
    upgrade(url)
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE inbound_message CASCADE")
        connection.execute("CREATE TABLE IF NOT EXISTS bench_row (key bytea UNIQUE, raw bytea)")
        connection.execute("TRUNCATE bench_row")
        connection.execute(
            "INSERT INTO mailbox (name) SELECT 'Support' WHERE NOT EXISTS (SELECT FROM mailbox)"
        )
        connection.execute(
            "INSERT INTO mailbox_address (address, mailbox_id, is_primary)"
            " SELECT 'support@example.com', min(id), false FROM mailbox ON CONFLICT DO NOTHING"
        )


def measure(url: str, size: int, seconds: float, clients: int) -> dict[str, float]:
    """Each contestant once, in mails a second."""
    rates: dict[str, float] = {}
    port = free_port()
    with listening(run_sink, port, port):
        rates["null sink"] = asyncio.run(send_for(seconds, port, size, clients))
    if shutil.which("smtp-sink"):
        port = free_port()
        with postfix_sink(port):
            rates["smtp-sink"] = asyncio.run(send_for(seconds, port, size, clients))
    prepare(url)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = GateSettings(url, Path(folder), port=port, limits=GENEROUS)
        with listening(gate.run, port, settings):
            rates["gate"] = asyncio.run(send_for(seconds, port, size, clients))
    prepare(url)
    rates["INSERT COMMIT"] = insert_for(seconds, url, size, clients)
    prepare(url)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=SIZES)
    parser.add_argument("--url", default=os.environ.get("DATABASE_URL"))
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), options.url, "redis://unused") as services,
    ):
        url = services.database_url
        for label, size in SIZES.items():
            if options.only and label != options.only:
                continue
            runs = [measure(url, size, options.seconds, options.clients) for _ in range(options.runs)]
            print(label)
            median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
            for name, rate in median.items():
                print(f"  {name:<14} {rate:8.0f}/s   gate = {median['gate'] / rate:6.0%} of it")


if __name__ == "__main__":
    main()
