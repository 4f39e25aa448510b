"""Readers that do to a reading child what the worst mail could do. A mail's Subject line names the deed."""

import ctypes
import faulthandler
import os
import signal
import sys
import time

from mailgate.inbound import Inbound
from mailgate.safe_reading import read_safely


def read(raw: bytes, mail_from: str) -> Inbound:
    """Do what the mail says; a mail that says nothing is read as usual."""
    inbound = read_safely(raw, mail_from)
    deed = DEEDS.get(inbound.subject)
    if deed is not None:
        deed()
    return inbound


def segfault() -> None:
    faulthandler._sigsegv()  # type: ignore[attr-defined]


def leave() -> None:
    os._exit(0)


def burn() -> None:
    while True:
        pass


def sleep() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)  # not even the child's own alarm may be relied upon
    time.sleep(3_600)


def allocate() -> None:
    bytearray(4 * 1024**3)


def print_a_gigabyte() -> None:
    for _ in range(1024):
        os.write(1, b"x" * 1024**2)
        os.write(2, b"x" * 1024**2)


def answer_a_gigabyte() -> None:
    """Straight into the line to the filer, as if it were a frame."""
    for number in range(3, 20):
        try:
            while True:
                os.write(number, b"\x00" * 4 + b"\xff" * 1024**2)
        except OSError:
            continue


def close_everything() -> None:
    os.closerange(0, 64)
    time.sleep(3_600)


def fork_in_python() -> None:
    os.fork()


def fork_in_c() -> None:
    """Twenty processes beside Python's back, which outlive their parent."""
    libc = ctypes.CDLL(None)
    for _ in range(20):
        if libc.fork() == 0:
            time.sleep(3_600)
    os._exit(1)


def write_a_file() -> None:
    with open(f"/tmp/postroom-hostile-{os.getpid()}", "wb") as file:
        file.write(b"x")


def call_out() -> None:
    import socket

    socket.create_connection(("127.0.0.1", 9), timeout=1)


def recurse() -> None:
    sys.setrecursionlimit(10**9)
    recurse()


DEEDS = {
    "segfault": segfault,
    "leave": leave,
    "burn": burn,
    "sleep": sleep,
    "allocate": allocate,
    "print": print_a_gigabyte,
    "answer": answer_a_gigabyte,
    "close": close_everything,
    "fork in python": fork_in_python,
    "fork in c": fork_in_c,
    "write": write_a_file,
    "call out": call_out,
    "recurse": recurse,
}
