"""What an earlier, killed run may have left behind: a server still ending, or a note naming a process.

A server of ours is recognised by its working directory, which is its data folder: nothing else on the
machine works there. A process number alone proves nothing, for numbers are used again.
"""

import logging
import os
import signal
import time
from pathlib import Path

from postroom.services.errors import ServiceError

log = logging.getLogger(__name__)


def alive(pid: int) -> bool:
    """Whether a process of that number runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not is_zombie(pid)


def is_zombie(pid: int) -> bool:
    """Whether the process has ended but is not reaped; False where the system will not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process has `folder` as its working directory; False where the system will not tell."""
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", folder)
    except OSError:
        return False


def command_of(pid: int) -> str:
    """The process's command name, for a message to people; never its arguments, which may hold secrets."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "unknown"


def began(pid: int) -> float | None:
    """When the process began, in seconds since 1970; None where the system will not tell (see proc(5))."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def end_leftover(pid: int, name: str, stop: signal.Signals, hard_stop: signal.Signals) -> None:
    """Wait until a server of ours from a killed run has ended; ask it, then press it.

    Only for a process that `works_in` our data folder.
    """
    log.info("%s of an earlier run (process %d) is still ending; waiting for it", name, pid)
    for patience, number in ((10.0, stop), (10.0, hard_stop), (5.0, None)):
        if _gone_within(pid, patience):
            return
        if number is not None:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return
    raise ServiceError(
        f"{name} of an earlier run (process {pid}) does not end. Stop it, then start again: kill {pid}"
    )


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
