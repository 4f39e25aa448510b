"""How a mail goes to a reading child and its reading comes back: frames on a socket.

The reading travels as JSON and never as a pickle: a child that a hostile mail has taken over must not be able to
make the filer do anything. The contents of files follow as they are.

    request:  lengths (2 × 8 octets) | MAIL FROM | the mail
    answer:   lengths (2 × 8 octets) | JSON: {"mail": …} or {"error": …, "said": …}, and "peak" | contents of the files
"""

import json
import socket
import struct
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from mailgate.inbound import Inbound

LENGTHS = struct.Struct(">QQ")
MOST_WORDS = 8 * 1024 * 1024  # octets of JSON
MOST_CONTENTS = 64 * 1024 * 1024
PIECE = 256 * 1024


class Unspeakable(Exception):
    """The other side ended, or sent what cannot be a frame."""


@dataclass(frozen=True)
class Answer:
    """What came back: JSON not yet believed, the contents of the files, in their order."""

    words: bytes
    contents: bytes


def send_frame(line: socket.socket, first: bytes, second: bytes) -> None:
    """Raises `OSError`, `TimeoutError` among them."""
    line.sendall(LENGTHS.pack(len(first), len(second)))
    line.sendall(first)
    line.sendall(second)


def receive_frame(
    line: socket.socket, most_first: int, most_second: int, deadline: float | None = None
) -> tuple[bytes, bytes] | None:
    """A frame's two halves; None when the other side has ended before it. Raises `Unspeakable`, `OSError`."""
    lengths = receive(line, LENGTHS.size, deadline)
    if not lengths:
        return None
    if len(lengths) < LENGTHS.size:
        raise Unspeakable("it ended within a frame")
    first, second = LENGTHS.unpack(lengths)
    if first > most_first or second > most_second:
        raise Unspeakable(f"it wanted to send {first} + {second} octets")
    both = receive(line, first, deadline), receive(line, second, deadline)
    if (len(both[0]), len(both[1])) != (first, second):
        raise Unspeakable("it ended within a frame")
    return bytes(both[0]), bytes(both[1])


def receive(line: socket.socket, wanted: int, deadline: float | None) -> bytearray:
    """So many octets, or fewer when the other side ends. Raises `TimeoutError` at the deadline (monotonic)."""
    data = bytearray()
    while len(data) < wanted:
        if deadline is not None:
            line.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = line.recv(min(wanted - len(data), PIECE))
        if not piece:
            break
        data += piece
    return data


def pack(inbound: Inbound, peak: int) -> tuple[bytes, bytes]:
    """A reading as the two halves of a frame."""
    contents = b"".join(file.content for file in inbound.files)
    bare = replace(inbound, files=tuple(replace(file, content=b"") for file in inbound.files))
    return as_json({"mail": asdict(bare), "peak": peak}), contents


def as_json(value: dict[str, Any]) -> bytes:
    """JSON in UTF-8; lone surrogates, which have no UTF-8, become question marks."""
    return json.dumps(value, ensure_ascii=False, default=plain).encode("utf-8", "replace")


def plain(value: object) -> str:
    """What JSON has no form for: times, and the octets of files, which go apart from it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if value == b"":
        return ""
    raise TypeError(f"{type(value).__name__} has no place in a reading")


def with_contents(inbound: Inbound, contents: bytes) -> Inbound:
    """The reading with its files whole again. Raises `Unspeakable` when the octets do not fit the files."""
    if sum(file.size for file in inbound.files) != len(contents) or any(file.size < 0 for file in inbound.files):
        raise Unspeakable("its files do not have the sizes it names")
    files = []
    start = 0
    for file in inbound.files:
        files.append(replace(file, content=contents[start : start + file.size]))
        start += file.size
    return replace(inbound, files=tuple(files))
