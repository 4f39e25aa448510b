"""How long an honest client takes for a mail, alone and among a crowd that means it no good (P14).

    python -m bench.crowd [--idle 1000] [--greedy 200] [--mails 50]

The crowd: so many connections that never say a word, and so many that stand in the middle of a body of 3 MiB. The honest
client comes from an address of its own and opens a connection for each mail. What is asked for: served within a second.
Also what a body of 25 MiB that is nothing but line ends costs: seconds until the answer, and the gate's memory.
"""

import argparse
import resource
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from bench.accept import free_port, prepare, wait_for_port
from mailgate import gate
from mailgate.limits import MIB, GateSettings, Limits
from postroom.services import running

COMMANDS = (b"EHLO bench.example", b"MAIL FROM:<dora@example.org>", b"RCPT TO:<support@example.com>", b"DATA")
LIMITS = replace(Limits(), sessions=4_000)
LINE_ENDS = 25 * MIB - 64 * 1024


def main() -> None:
    asked = arguments()
    raise_open_files()
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder, running(Path(folder), None, "redis://unused") as services:
        prepare(services.database_url)
        with gate_at(GateSettings(services.database_url, Path(folder), port=free_port(), limits=LIMITS, relays=())) as (port, process):
            alone = [seconds_for_one(port, number) for number in range(asked.mails)]
            print(f"alone:    {described(alone)}")
            with ExitStack() as crowd:
                gather_crowd(crowd, port, asked)
                among = [seconds_for_one(port, asked.mails + number) for number in range(asked.mails)]
                print(f"crowded:  {described(among)}  ({asked.idle} idle, {asked.greedy} at DATA)")
            print(f"ratio of the medians {statistics.median(among) / statistics.median(alone):.1f}")
        with gate_at(GateSettings(services.database_url, Path(folder), port=free_port(), limits=LIMITS, relays=())) as (port, process):
            seconds_for_one(port, -1)
            before = peak_memory(process)
            took = line_ends(port)
            print(f"25 MiB of line ends: {took:.2f} s, the gate grew by {peak_memory(process) - before} MiB")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idle", type=int, default=1_000)
    parser.add_argument("--greedy", type=int, default=200)
    parser.add_argument("--mails", type=int, default=50)
    return parser.parse_args()


def raise_open_files() -> None:
    """This process holds the whole crowd; the gate, its child, inherits the bound."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def gate_at(settings: GateSettings) -> Iterator[tuple[int, BaseProcess]]:
    process = get_context("spawn").Process(target=gate.run, args=(settings,), daemon=True)
    process.start()
    wait_for_port(settings.port)
    try:
        yield settings.port, process
    finally:
        process.terminate()
        process.join(30)


def gather_crowd(crowd: ExitStack, port: int, asked: argparse.Namespace) -> None:
    """Each address of the crowd keeps below what one peer may have."""
    for number in range(asked.idle):
        crowd.enter_context(connected(port, f"127.0.1.{number % 40 + 1}"))
    for number in range(asked.greedy):
        greedy = crowd.enter_context(connected(port, f"127.0.2.{number % 20 + 1}"))
        converse(greedy)
        send_all_it_takes(greedy, b"x" * 76 + b"\r\n" * (3 * MIB // 78))
        if sys.stderr.isatty():
            print(f"\r  the crowd gathers: {number + 1} of {asked.greedy} at DATA", end="", file=sys.stderr)


def connected(port: int, source: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0))


def converse(line: socket.socket) -> None:
    """As far as the body. Raises `RuntimeError` where the gate says no."""
    for command, code in zip((b"", *COMMANDS), (b"220", b"250", b"250", b"250", b"354"), strict=True):
        if command:
            line.sendall(command + b"\r\n")
        expect(line, code)


def expect(line: socket.socket, code: bytes) -> None:
    answer = b""
    while not answer.endswith(b"\r\n") or answer[answer.rfind(b"\n", 0, -1) + 1 :][3:4] == b"-":
        heard = line.recv(4_096)
        if not heard:
            raise RuntimeError(f"the gate hung up after {answer!r}")
        answer += heard
    if not answer.startswith(code):
        raise RuntimeError(f"the gate said {answer!r}")


def send_all_it_takes(line: socket.socket, octets: bytes) -> None:
    """Until the gate reads no further, as it does from who got no slot."""
    line.settimeout(0.2)
    try:
        line.sendall(octets)
    except TimeoutError:
        pass


def seconds_for_one(port: int, number: int) -> float:
    began = time.monotonic()
    with connected(port, "127.0.3.1") as line:
        converse(line)
        line.sendall(b"Subject: honest %d\r\n\r\nhello\r\n.\r\n" % number)
        expect(line, b"250")
    return time.monotonic() - began


def line_ends(port: int) -> float:
    with connected(port, "127.0.3.2") as line:
        converse(line)
        began = time.monotonic()
        line.sendall(b"\r\n" * (LINE_ENDS // 2) + b".\r\n")
        expect(line, b"250")
        return time.monotonic() - began


def described(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"median {statistics.median(ordered):.3f} s, p95 {ordered[int(len(ordered) * 0.95)]:.3f} s, slowest {ordered[-1]:.3f} s"


def peak_memory(process: BaseProcess) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
