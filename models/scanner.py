"""Asks a malware scanner about files: clamd, over TCP or its own socket (mail-safety H-118).

The protocol is that of clamd(8), INSTREAM: a file in chunks, an answer in one line. A scanner that is away costs a
file its verdict and nobody the file: it is kept as not scanned, says so, and is asked about again.
"""

import logging
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

CONNECT_SECONDS = 2.0
SCAN_SECONDS = 20.0  # for one file
REST_SECONDS = 30.0  # after a failure, before the scanner is asked again
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
CLAMD_PORT = 3310


class Scan(StrEnum):
    """What is known of a file. That nobody has looked yet is no member of this: it is None."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNABLE = "unscannable"  # too large for the scanner, or it says that it cannot


@dataclass(frozen=True)
class Finding:
    """What the scanner said of one file; `malware` is its name for what it found."""

    scan: Scan
    malware: str = ""


class Scanner:
    """A clamd. One connection a file; safe to use from any thread."""

    def __init__(
        self, url: str, seconds: float = SCAN_SECONDS, rest: float = REST_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.url = url
        self.seconds = seconds
        self.rest = rest
        self.clock = clock
        self.rests_until = float("-inf")

    def __call__(self, content: bytes) -> Finding | None:
        """What it says of `content`; None where it does not answer, and for a while after that nobody waits for it."""
        if self.is_resting:
            return None
        try:
            answer = self.ask(b"zINSTREAM\0", chunks_of(content))
        except OSError as trouble:
            self.rests_until = self.clock() + self.rest
            log.warning("the malware scanner does not answer, files wait to be scanned: %s", trouble)
            return None
        return finding_in(answer)

    @property
    def is_resting(self) -> bool:
        """Whether it has not answered just now, so that nobody waits for it."""
        return self.clock() < self.rests_until

    def is_alive(self) -> bool:
        """Asks it for its name, resting or not; if it answers, it rests no longer."""
        try:
            self.version()
        except OSError:
            return False
        self.rests_until = float("-inf")
        return True

    def version(self) -> str:
        """What it calls itself and its signatures. Raises `OSError`."""
        return self.ask(b"zVERSION\0", iter(()))

    def ask(self, command: bytes, chunks: Iterator[bytes]) -> str:
        """One command and its answer. Raises `OSError` where none comes in time."""
        until = time.monotonic() + self.seconds
        with connection_to(self.url) as line:
            try:
                for piece in (command, *chunks):
                    line.settimeout(left(until))
                    line.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has heard enough, and its answer says why
            return answer_on(line, until)


def connection_to(url: str) -> socket.socket:
    """Raises `OSError`."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(CONNECT_SECONDS)
        try:
            line.connect(parts.path)
        except OSError:
            line.close()
            raise
        return line
    return socket.create_connection((parts.hostname or "", parts.port or CLAMD_PORT), timeout=CONNECT_SECONDS)


def chunks_of(content: bytes) -> Iterator[bytes]:
    """Each chunk after its length, and an empty one at the end."""
    for start in range(0, len(content), CHUNK):
        chunk = content[start : start + CHUNK]
        yield struct.pack("!I", len(chunk)) + chunk
    yield struct.pack("!I", 0)


def answer_on(line: socket.socket, until: float) -> str:
    """The answer up to its NUL, or the end of the line. Raises `OSError` where there is none."""
    answer = b""
    while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
        line.settimeout(left(until))
        more = line.recv(LONGEST_ANSWER)
        if not more:
            break
        answer += more
    said = answer.partition(b"\0")[0].decode("utf-8", "replace").strip()
    if not said:
        raise ConnectionError("it hung up without an answer")
    return said


def left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("it takes too long")
    return seconds


def finding_in(answer: str) -> Finding:
    """`stream: OK`, `stream: NAME FOUND`; anything else means that it could not look."""
    words = answer.removeprefix("stream: ")
    if words == "OK":
        return Finding(Scan.CLEAN)
    if words.endswith(" FOUND"):
        return Finding(Scan.INFECTED, words.removesuffix(" FOUND"))
    log.warning("the malware scanner could not look into a file: %s", words)
    return Finding(Scan.UNSCANNABLE)
