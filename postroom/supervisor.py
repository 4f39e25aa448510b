"""Runs the processes of a desk in one terminal: starts them, shows what they print, restarts them, stops them all.

A process that ends by itself is started again, more patiently each time: a worker ends when Redis is away for a
while, and must be there when it comes back. A first Ctrl-C or SIGTERM lets every process finish what it holds, a
second one ends them at once. Nothing survives us: each child follows our death.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from types import FrameType

from postroom.children import start_following

GRACE_SECONDS = 25
LOOK_SECONDS = 0.1
SAME_SIGNAL_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
STEADY_SECONDS = 60  # whoever ran that long begins with a short pause again
COLOURS = ("36", "33", "32", "35", "34", "96", "93")


@dataclass(frozen=True)
class Child:
    """A process to run. `ready` is asked until it says yes; without it the process counts as ready at once."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None


@dataclass
class Running:
    """A child's present process, and when the next may be started."""

    child: Child
    colour: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    start_at: float = 0.0
    is_ready: bool = field(default=False)


class Supervisor:
    """Runs `children` until it is told to stop. Use it from the main thread."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.running = [Running(child, colour) for child, colour in zip(children, cycle(COLOURS), strict=False)]
        self.width = max(len(child.name) for child in children)
        self.stops = 0
        self.told_at = float("-inf")
        self.printing = threading.Lock()

    def run(self, on_ready: Callable[[], None] | None = None) -> int:
        """Blocks; 0 after a stop in time, 1 when something had to be killed. `on_ready` is called once."""
        previous = {number: signal.signal(number, self.on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self.stops:
                for each in self.running:
                    self.look_after(each)
                if on_ready is not None and all(self.is_ready(each) for each in self.running):
                    on_ready()
                    on_ready = None
                time.sleep(LOOK_SECONDS)
            return self.stop_all()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Signals that come together are one: a terminal and a wrapper may both pass the same Ctrl-C on."""
        now = time.monotonic()
        if now - self.told_at > SAME_SIGNAL_SECONDS:
            self.stops += 1
        self.told_at = now

    def look_after(self, each: Running) -> None:
        """Start a child that is due, and notice one that has ended."""
        now = time.monotonic()
        if each.process is None:
            if now >= each.start_at:
                self.start(each)
            return
        code = each.process.poll()
        if code is None:
            if now - each.started_at > STEADY_SECONDS:
                each.pause = FIRST_PAUSE_SECONDS
            return
        each.process, each.is_ready = None, False
        each.start_at = now + each.pause
        self.say(each, f"ended ({ending(code)}); starting it again in {each.pause:g} s")
        each.pause = min(each.pause * 2, LONGEST_PAUSE_SECONDS)

    def start(self, each: Running) -> None:
        each.process = start_following(
            each.child.argv, death_signal=signal.SIGTERM, env=each.child.env, output=subprocess.PIPE
        )
        each.started_at = time.monotonic()
        threading.Thread(target=self.pass_output_on, args=(each, each.process), daemon=True).start()

    def is_ready(self, each: Running) -> bool:
        if not each.is_ready and each.process is not None:
            each.is_ready = each.child.ready is None or each.child.ready()
        return each.is_ready

    def stop_all(self) -> int:
        """Ask all to stop, wait, and kill what is left: at once after a second signal. 1 when something was killed."""
        alive = [each for each in self.running if each.process is not None]
        for each in alive:
            tell(each, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and self.stops < 2 and any(is_alive(each) for each in alive):
            time.sleep(LOOK_SECONDS / 2)
        late = [each for each in alive if is_alive(each)]
        for each in late:
            self.say(each, "did not stop in time and was killed")
            tell(each, signal.SIGKILL)
        for each in alive:
            assert each.process is not None
            each.process.wait()
        return 1 if late else 0

    def pass_output_on(self, each: Running, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.say(each, line.decode("utf-8", "replace").rstrip("\n"))
        process.stdout.close()

    def say(self, each: Running, line: str) -> None:
        name = f"{each.child.name:<{self.width}} |"
        if sys.stdout.isatty():
            name = f"\x1b[{each.colour}m{name}\x1b[0m"
        with self.printing:
            print(name, line, flush=True)


def is_alive(each: Running) -> bool:
    return each.process is not None and each.process.poll() is None


def tell(each: Running, number: signal.Signals) -> None:
    """Ask the child to stop; SIGKILL also reaches what it has started itself."""
    if not is_alive(each):
        return
    assert each.process is not None
    try:
        if number == signal.SIGKILL:
            os.killpg(each.process.pid, number)
        else:
            each.process.send_signal(number)
    except ProcessLookupError:
        pass  # it ended in this very moment


def ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
