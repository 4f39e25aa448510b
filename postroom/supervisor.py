"""Runs the desk's processes in one terminal; starts them again when they end, stops them in order.

    Supervisor([Child("web", [...], env, ready=web_answers), Child("clock", [...], env, None)]).run(on_ready)

Everything happens in the thread that calls `run`, which must be the main one: it owns the signals, and the
children follow the death of the thread that started them. One thread a child only copies its lines.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import IO, TextIO

from postroom.children import start_following

PATIENCE = 25.0
"""Seconds a child has to stop; every process of ours promises to stop within them."""
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a child that ends again and again."""
STEADY = 60.0
"""Seconds a child must have run for its next end to count as the first."""
GLANCE = 0.1
"""Seconds between two looks at the children."""
SAME_WISH = 0.3
"""Seconds within which two signals are one."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COLOURS = (36, 33, 32, 35, 34, 96)


@dataclass(frozen=True)
class Child:
    """A process to keep running; `ready` says, quickly and without raising, whether it answers."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None


class Supervisor:
    """Keeps children running until a signal says stop. Children are stopped in the order they are listed."""

    def __init__(
        self, children: list[Child], output: TextIO | None = None, patience: float = PATIENCE
    ) -> None:
        self._terminal = _Terminal(output or sys.stdout, [child.name for child in children])
        self._running = [_Running(child, self._terminal, number) for number, child in enumerate(children)]
        self._patience = patience
        self._stops = 0
        self._told_at = float("-inf")

    def run(
        self, on_ready: Callable[[], None] = lambda: None, each_glance: Callable[[], None] = lambda: None
    ) -> None:
        """Start the children, call `on_ready` once when all are ready, return when all have stopped.

        `each_glance` is called a few times a second, for what else must be kept running
        (`Services.keep_running`); what it raises stops everything, and is raised on.

        SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal was closed) stop them in order; a second one ends
        them at once.
        """
        with self._signals():
            try:
                for running in self._running:
                    running.start()
                self._watch(on_ready, each_glance)
            finally:
                self._stop()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        former = {number: signal.signal(number, self._on_signal) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """Signals that come together are one wish: a terminal and a wrapper may both pass the same Ctrl-C on."""
        now = time.monotonic()
        if now - self._told_at > SAME_WISH:
            self._stops += 1
        self._told_at = now

    def _watch(self, on_ready: Callable[[], None], each_glance: Callable[[], None]) -> None:
        announced = False
        while not self._stops:
            each_glance()
            for running in self._running:
                running.keep_running()
            if not announced and all(running.is_ready() for running in self._running):
                announced = True
                on_ready()
            time.sleep(GLANCE)

    def _stop(self) -> None:
        """Ask one after the other, wait for all together, end by force what is left."""
        if self._stops:
            self._terminal.say("", "stopping; press Ctrl-C again to stop at once")
        deadline = time.monotonic() + self._patience
        for running in self._running:
            running.ask_to_stop()
        while any(running.is_alive() for running in self._running):
            if self._stops > 1 or time.monotonic() > deadline:
                for running in self._running:
                    running.end_by_force()
            time.sleep(0.02)
        for running in self._running:
            running.finish()


class _Running:
    """One child over all its lives."""

    def __init__(self, child: Child, terminal: "_Terminal", number: int) -> None:
        self.child = child
        self._terminal = terminal
        self._number = number
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._began = 0.0
        self._failures = 0
        self._start_at: float | None = None

    def start(self) -> None:
        self._start_at, self._began = None, time.monotonic()
        # SIGKILL and not SIGTERM when we are killed: the embedded services end with us, so a child could
        # finish nothing any more, and its ports must be free for the next start. What it held is handed back
        # by leases.
        self._process = start_following(
            self.child.argv, death_signal=signal.SIGKILL, env=self.child.env, output=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._copy, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _copy(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._terminal.line(self._number, line.decode(errors="replace").rstrip("\r\n"))

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        return self.is_alive() and (self.child.ready is None or self.child.ready())

    def keep_running(self) -> None:
        """Start the child again if it has ended, later each time, and say so."""
        if self.is_alive():
            return
        now = time.monotonic()
        if self._start_at is None:
            self._end_group()
            self._failures = 1 if now - self._began > STEADY else self._failures + 1
            pause = min(0.5 * 2 ** (self._failures - 1), LONGEST_PAUSE)
            self._start_at = now + pause
            self._terminal.say(
                self.child.name, f"ended by itself ({self._end()}); starting again in {pause:g} s"
            )
        elif now >= self._start_at:
            self.start()

    def _end(self) -> str:
        code = self._process.returncode if self._process else None
        return (
            f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
        )

    def ask_to_stop(self) -> None:
        if self._process is not None and self.is_alive():
            self._process.terminate()

    def end_by_force(self) -> None:
        if self.is_alive():
            self._terminal.say(self.child.name, "did not stop in time and is ended by force")
            self._end_group()

    def finish(self) -> None:
        """Let nothing of the child's family stay, and its last lines come out."""
        self._end_group()
        if self._reader is not None:
            self._reader.join(2)

    def _end_group(self) -> None:
        """The child has a process group of its own; what it left behind there is ended with it."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (
            ProcessLookupError,
            PermissionError,
        ):  # nobody left; the second is what macOS says for a zombie
            pass


class _Terminal:
    """Writes whole lines, each behind the name of who said it; coloured when a person is looking."""

    def __init__(self, output: TextIO, names: Sequence[str]) -> None:
        self._output = output
        self._names = list(names)
        self._width = max((len(name) for name in [*names, "postroom"]), default=0)
        self._coloured = output.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()

    def line(self, number: int, text: str) -> None:
        """A line that a child wrote."""
        self._write(self._names[number], COLOURS[number % len(COLOURS)], text)

    def say(self, name: str, text: str) -> None:
        """A line of the supervisor's own, about a child or, with an empty name, about all."""
        self._write("postroom", 1, f"{name} {text}".strip())

    def _write(self, name: str, colour: int, text: str) -> None:
        head = f"{name:<{self._width}} |"
        if self._coloured:
            head = f"\033[{colour}m{head}\033[0m"
        with self._lock, contextlib.suppress(OSError):  # a closed terminal must not stop the desk
            self._output.write(f"{head} {text}\n")
            self._output.flush()
