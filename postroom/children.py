"""Starting child processes that follow our death; the one place that knows how `follow.py` is called."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

FOLLOW = Path(__file__).with_name("follow.py")


@dataclass(frozen=True)
class Account:
    """An operating-system user by numbers."""

    uid: int
    gid: int


def start_following(
    argv: Sequence[str],
    *,
    death_signal: signal.Signals,
    account: Account | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | int | None = None,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own; it gets `death_signal` when the calling *thread* ends.

    Call it from a thread that lives as long as the child should (the main thread): the kernel watches the
    thread, not the process. A session of its own keeps a terminal's Ctrl-C from the child, so that we choose
    the order of stopping. `account` drops root's rights; `cwd` is entered before that, so it may lie where
    `account` could not go.
    """
    user = (str(account.uid), str(account.gid)) if account else ("-", "-")
    follow = (sys.executable, "-I", "-S", str(FOLLOW), str(os.getpid()), str(int(death_signal)), *user)
    return subprocess.Popen(
        [*follow, *argv],
        cwd=cwd,
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
    )
