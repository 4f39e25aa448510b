"""Real `postroom` processes for tests: free ports, a data folder of their own, gone with the test.

def test_…(postroom):
    desk = postroom("up", "--demo")
    desk.wait_for("ready")
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from postroom.children import start_following

ROOT = Path(__file__).resolve().parent.parent
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "VIRTUAL_ENV")
"""What a process gets from our environment; a developer's settings must not reach it."""


PORTS = range(10_240, 32_768)
"""Below those that Linux gives to whoever asks for any port, so that no passing connection takes one meanwhile."""

_ours: list[socket.socket] = []


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now, and that no other test on this machine is given."""
    for port in random.sample(PORTS, len(PORTS)):
        claim = socket.socket(socket.AF_UNIX)
        with suppress(OSError), socket.socket() as probe:
            claim.bind(f"\0postroom-tests-port-{port}")  # held until this process ends, by a name without a file
            probe.bind(("127.0.0.1", port))
            _ours.append(claim)
            return port
        claim.close()
    raise AssertionError("no port is free")


class RunningPostroom:
    """A started `postroom` command. Everything it prints is kept in `lines`, as it comes."""

    def __init__(self, arguments: tuple[str, ...], env: Mapping[str, str], data: Path) -> None:
        self.arguments = arguments
        self.data = data
        self.env = dict(env)
        self.lines: list[str] = []
        self.http_port = int(env["HTTP_PORT"])
        self.smtp_port = int(env["SMTP_PORT"])
        self._news = threading.Condition()
        self._silent = False
        self.process = start_following(
            [sys.executable, "-m", "postroom", *arguments],
            death_signal=signal.SIGKILL,
            cwd=ROOT,
            env=env,
            output=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._silent = True
            self._news.notify_all()

    def log(self) -> str:
        """Everything printed so far."""
        with self._news:
            return "\n".join(self.lines)

    def wait_for(self, pattern: str, seconds: float = 180) -> re.Match[str]:
        """The first match of a regular expression in what it printed or prints; fails with the log."""
        wanted = re.compile(pattern)
        with self._news:
            self._news.wait_for(lambda: self._silent or self._match(wanted), seconds)
            found = self._match(wanted)
        if found is None:
            pytest.fail(f"postroom {' '.join(self.arguments)} never said {pattern!r}. It said:\n{self.log()}")
        return found

    def _match(self, wanted: re.Pattern[str]) -> re.Match[str] | None:
        return next((found for line in self.lines if (found := wanted.search(line))), None)

    def stop(self, seconds: float = 60) -> int:
        """Ask it to stop and wait; returns the exit code, or fails with the log."""
        self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(
                f"postroom {' '.join(self.arguments)} did not stop in {seconds} s. It said:\n{self.log()}"
            )
        self._reader.join(5)
        return code

    def kill(self) -> None:
        """kill -9 of it and its process group. What it had started follows it by itself, as after a crash."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self._reader.join(5)


def environment(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """A clean environment with free ports and its own data folder; `settings` win."""
    http_port, smtp_port = free_port(), free_port()
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {
        **inherited,
        "PYTHONUNBUFFERED": "1",
        "POSTROOM_DATA": str(data),
        "HTTP_PORT": str(http_port),
        "SMTP_PORT": str(smtp_port),
        "BASE_URL": f"http://127.0.0.1:{http_port}",
        "DNS_RESOLVER": "none",  # a test asks nobody outside, and waits for nobody there
        **settings,
    }


@contextmanager
def processes() -> Iterator[Callable[..., RunningPostroom]]:
    """Starts `postroom ARGUMENTS` with extra settings; `data=` shares a folder between several processes."""
    with ExitStack() as at_the_end:

        def start(*arguments: str, data: Path | None = None, **settings: str) -> RunningPostroom:
            folder = data or Path(
                at_the_end.enter_context(tempfile.TemporaryDirectory(prefix="postroom-data-"))
            )
            running = RunningPostroom(arguments, environment(folder, settings), folder)
            at_the_end.callback(_end, running)
            return running

        yield start


@pytest.fixture
def postroom() -> Iterator[Callable[..., RunningPostroom]]:
    """`processes` for one test."""
    with processes() as start:
        yield start


def _end(running: RunningPostroom) -> None:
    """As gently as there is time for: a test that is over needs no shutdown in style."""
    running.process.terminate()
    try:
        running.process.wait(30)
    except subprocess.TimeoutExpired:
        pass
    running.kill()
