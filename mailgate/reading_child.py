"""The process in which mails are read: it holds no connection and no secret, and may be killed at any moment.

    python -m mailgate.reading_child MODULE:FUNCTION MEMORY CPU_SECONDS WALL_SECONDS

Standard input is a socket to the reading room. Before the first mail the child gives up what it does not need;
each mail then gets so much processor time and so many seconds, kept by the kernel even when the filer is gone.
"""

import importlib
import math
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mailgate.inbound import Inbound
from mailgate.reading_wire import as_json, pack, receive_frame, send_frame

OPEN_FILES = 32
MOST_MAIL = 128 * 1024 * 1024
MOST_SENDER = 64 * 1024
READY = b"r"

Reader = Callable[[bytes, str], Inbound]

# Deeds no reading needs. The kernel's limits hold against everything; this holds against Python, also as root.
FORBIDDEN = ("os.fork", "os.posix_spawn", "os.exec", "os.system", "os.kill", "pty.spawn", "subprocess.", "socket.")


@dataclass(frozen=True)
class Allowance:
    """What one child may use: octets of address space in all, seconds for each mail."""

    memory: int = 512 * 1024 * 1024
    cpu_seconds: int = 10
    wall_seconds: int = 20


def main(name: str, allowance: Allowance) -> None:
    """Read mails until the reading room hangs up."""
    read = reader_named(name)
    line = socket.socket(fileno=os.dup(0))
    fall_silent()
    give_up_rights(allowance.memory)
    line.sendall(READY)
    while (request := receive_frame(line, MOST_SENDER, MOST_MAIL)) is not None:
        begin(allowance)
        send_frame(line, *answer(read, *request))
        end()


def answer(read: Reader, mail_from: bytes, raw: bytes) -> tuple[bytes, bytes]:
    """The two halves of the answer; a reader that raises is told of, with what it said."""
    try:
        inbound = read(raw, mail_from.decode("utf-8", "surrogateescape"))
        return pack(inbound, peak_memory())
    except Exception as error:  # the reading room counts the failure against the mail and the filer logs it
        return as_json({"error": type(error).__name__, "said": str(error)[:2000], "peak": peak_memory()}), b""


def reader_named(name: str) -> Reader:
    module, _, function = name.partition(":")
    reader: Reader = getattr(importlib.import_module(module), function)
    return reader


def fall_silent() -> None:
    """From here on nothing can be printed anywhere: not a gigabyte, and no line of a mail into a log."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


def give_up_rights(memory: int) -> None:
    """No big memory, no files written, no new processes, no connections, no core dumps with mail in them."""
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (most, most))
    sys.addaudithook(refuse)


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook (PEP 578)."""
    opens_to_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if opens_to_write or event.startswith(FORBIDDEN):
        raise PermissionError(f"a reading child may not do {event}")


def begin(allowance: Allowance) -> None:
    spent = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (spent + allowance.cpu_seconds, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_REAL, allowance.wall_seconds)  # SIGALRM ends the process: nobody handles it


def end() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)


def peak_memory() -> int:
    """The most resident octets so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main(sys.argv[1], Allowance(*map(int, sys.argv[2:])))
