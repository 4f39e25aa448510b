"""A server program as our child: its log, its start, its stop."""

import logging
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from postroom.children import Account, start_following
from postroom.services.errors import ServiceError

log = logging.getLogger(__name__)

LOG_KEPT = 5_000_000
"""Bytes after which a server's log becomes `.1` at the next start."""


@dataclass(frozen=True)
class Program:
    """How to run a server and how to end it.

    `stop` ends it in order; the kernel sends it the same signal when we die. `hard_stop` loses nothing
    either, but leaves recovery to the next start.
    """

    name: str
    argv: Sequence[str]
    folder: Path
    log_file: Path
    account: Account | None
    stop: signal.Signals
    hard_stop: signal.Signals


class Server:
    """A running server; `begin` starts it and returns once it answers."""

    def __init__(self, program: Program, begin: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._program = program
        self._begin = begin
        self._process = begin()

    def keep_running(self) -> None:
        """Start it again if it has ended; from the thread that made it. Raises ServiceError."""
        if self._process.poll() is None:
            return
        log.warning(
            "%s ended by itself (code %s) and is started again", self._program.name, self._process.returncode
        )
        self._process = self._begin()

    def stop(self) -> None:
        stop(self._process, self._program)


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start the program inside its data folder, its output appended to its log file."""
    if program.log_file.exists() and program.log_file.stat().st_size > LOG_KEPT:
        program.log_file.replace(program.log_file.with_suffix(".log.1"))
    descriptor = os.open(program.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "ab") as output:
        return start_following(
            program.argv,
            death_signal=program.stop,
            account=program.account,
            cwd=program.folder,
            output=output,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        )


def wait_until(
    answers: Callable[[], bool], process: subprocess.Popen[bytes], program: Program, seconds: float
) -> None:
    """Return once the server answers. Raises ServiceError with the end of its log."""
    deadline = time.monotonic() + seconds
    while not answers():
        if process.poll() is not None:
            raise ServiceError(f"{program.name} did not start. {log_end(program)}")
        if time.monotonic() > deadline:
            stop(process, program)
            raise ServiceError(
                f"{program.name} did not answer within {seconds:.0f} seconds. {log_end(program)}"
            )
        time.sleep(0.02)


def stop(process: subprocess.Popen[bytes], program: Program) -> None:
    """End the server in order, and by force when it does not listen. Returns when it is gone."""
    for number, patience in ((program.stop, 15.0), (program.hard_stop, 5.0), (signal.SIGKILL, None)):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(patience)
            return
        except subprocess.TimeoutExpired:
            log.warning("%s did not end within %s seconds after %s", program.name, patience, number.name)


def log_end(program: Program, lines: int = 8) -> str:
    """The last lines of the server's log, for an error message."""
    with program.log_file.open(errors="replace") as file:
        last = "".join(f"\n    {line.rstrip()}" for line in deque(file, lines))
    return f"The end of {program.log_file}:{last}"
