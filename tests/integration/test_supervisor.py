"""The supervisor with real children: small Python programs that behave well or badly."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from postroom.supervisor import SAME_WISH
from tests.processes import ROOT

GOOD = "import signal, time; print('at work', flush=True); signal.pause()"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
UNHURRIED = (
    "import signal, sys, time;"
    "signal.signal(15, lambda *_: (time.sleep(1), print('handed back', flush=True), sys.exit()));"
    "print('at work', flush=True); signal.pause()"
)
SHORT = "import time; print('one life', flush=True)"
PARENT_OF_A_STRAY = (
    "import signal, subprocess, sys;"
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True);"
    "signal.pause()"
)
RUN = """
import os, sys
from pathlib import Path
from postroom.supervisor import Child, Supervisor
patience, flag, *programs = sys.argv[1:]
programs = [[sys.executable, "-c", program] for program in programs]
children = [Child(f"child{n}", argv, os.environ, None) for n, argv in enumerate(programs)]
if flag:
    pause = [sys.executable, "-c", "import signal; signal.pause()"]
    children.append(Child("slow", pause, os.environ, Path(flag).exists))
Supervisor(children, patience=float(patience)).run(lambda: print("READY", flush=True))
print("LEFT IN ORDER", flush=True)
"""

Run = Callable[..., "Terminal"]


class Terminal:
    """A running supervisor and what its terminal shows."""

    def __init__(self, patience: float, flag: str, programs: tuple[str, ...]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(patience), flag, *programs],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.shown: list[str] = []

    def until(self, *texts: str) -> str:
        """Read on until a line with each of the texts has come, in any order; the last one."""
        assert self.process.stdout is not None
        missing = list(texts)
        for line in self.process.stdout:
            self.shown.append(line)
            missing = [text for text in missing if text not in line]
            if not missing:
                return line
        pytest.fail(f"{missing} never came; the terminal shows:\n{''.join(self.shown)}")

    def rest(self) -> str:
        """Everything still to come, until it ends."""
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def children(self) -> list[int]:
        return [pid for pid in _all_processes() if _parent_of(pid) == self.process.pid]


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def gone(pid: int, seconds: float = 30) -> bool:
    """Whether the process ends within the time (one that only awaits its reaping has ended)."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def run() -> Iterator[Run]:
    with ExitStack() as at_the_end:

        def start(*programs: str, patience: float = 20, flag: str = "") -> Terminal:
            terminal = Terminal(patience, flag, programs)
            at_the_end.callback(_end, terminal.process)
            return terminal

        yield start


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_lines_carry_the_name_of_who_said_them(run: Run) -> None:
    assert run(GOOD).until("at work") == "child0   | at work\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(run: Run, number: signal.Signals) -> None:
    terminal = run(GOOD, GOOD)
    terminal.until("READY", "child0   | at work", "child1   | at work")
    children = terminal.children()
    assert len(children) == 2
    terminal.process.send_signal(number)
    assert "LEFT IN ORDER" in terminal.rest()
    assert terminal.process.wait(30) == 0
    assert all(gone(pid) for pid in children)


def test_ready_is_said_once_and_not_before_all_are(run: Run, tmp_path: Path) -> None:
    flag = tmp_path / "open"
    terminal = run(GOOD, flag=str(flag))
    terminal.until("at work")
    time.sleep(0.5)
    flag.touch()
    terminal.until("READY")
    assert "READY\n" not in terminal.shown[:-1]
    terminal.process.terminate()
    assert "READY" not in terminal.rest()


def test_nothing_is_said_to_be_ready_while_one_does_not_answer(run: Run, tmp_path: Path) -> None:
    terminal = run(GOOD, flag=str(tmp_path / "never"))
    terminal.until("at work")
    time.sleep(0.5)
    terminal.process.terminate()
    assert "READY" not in terminal.rest()


def test_a_child_that_ends_by_itself_is_started_again_later_each_time(run: Run) -> None:
    terminal = run(SHORT)
    assert "child0 ended by itself (exit code 0); starting again in 0.5 s" in terminal.until(
        "ended by itself"
    )
    terminal.until("one life")
    assert "starting again in 1 s" in terminal.until("ended by itself")


def test_a_killed_child_is_named_with_its_signal_and_comes_back(run: Run) -> None:
    terminal = run(GOOD)
    terminal.until("READY", "at work")
    (child,) = terminal.children()
    os.kill(child, signal.SIGKILL)
    assert "signal SIGKILL" in terminal.until("ended by itself")
    terminal.until("at work")


def test_a_deaf_child_is_ended_by_force_after_the_patience(run: Run) -> None:
    terminal = run(DEAF, patience=0.5)
    terminal.until("deaf", "READY")
    (child,) = terminal.children()
    terminal.process.terminate()
    assert "child0 did not stop in time" in terminal.rest()
    assert gone(child)


def test_a_second_ctrl_c_ends_everything_at_once(run: Run) -> None:
    terminal = run(DEAF, patience=600)
    terminal.until("deaf", "READY")
    terminal.process.send_signal(signal.SIGINT)
    terminal.until("press Ctrl-C again")
    time.sleep(2 * SAME_WISH)  # a person does not press twice in one moment
    terminal.process.send_signal(signal.SIGINT)
    assert "LEFT IN ORDER" in terminal.rest()


def test_two_signals_in_one_moment_are_one_wish_to_stop(run: Run) -> None:
    terminal = run(UNHURRIED, patience=600)
    terminal.until("at work", "READY")
    terminal.process.send_signal(signal.SIGSTOP)  # so that both are there when it looks up again
    terminal.process.send_signal(signal.SIGTERM)
    terminal.process.send_signal(signal.SIGINT)
    terminal.process.send_signal(signal.SIGCONT)
    assert "handed back" in terminal.rest()


def test_a_stop_ends_what_a_child_left_behind(run: Run) -> None:
    terminal = run(PARENT_OF_A_STRAY)
    stray = int(terminal.until("child0").split("|")[1])
    terminal.process.terminate()
    terminal.rest()
    assert gone(stray)


def test_kill_9_of_the_supervisor_ends_its_children(run: Run) -> None:
    terminal = run(GOOD, DEAF)
    terminal.until("READY", "deaf", "at work")
    children = terminal.children()
    assert len(children) == 2
    terminal.process.kill()
    assert all(gone(pid) for pid in children)


def test_a_program_that_is_not_there_is_told_and_tried_again(run: Run) -> None:
    terminal = run("raise SystemExit('no such thing')")
    terminal.until("no such thing")
    assert "exit code 1" in terminal.until("ended by itself")
