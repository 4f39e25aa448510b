"""Real servers from Debian's packages, each with a folder and ports of its own; a test is skipped where one is not installed."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import postroom
from postroom.children import start_following
from tests.waiting import wait_until

PAPERS = Path(postroom.__file__).parent / "papers"


def needs(program: str, package: str) -> str:
    """Where the program is; without it, or without root's rights to run it, the test is skipped and says so."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed: apt-get install {package}")
    if os.geteuid() != 0:
        pytest.skip(f"{program} wants to be started by root")
    return found


def block(paper: str, kind: str, changes: Mapping[str, str]) -> str:
    """The code block of a paper, with what is different here exchanged; each of `changes` must stand in it."""
    found = re.search(rf"^```{kind}\n(.*?)^```$", (PAPERS / paper).read_text(), re.M | re.S)
    assert found, f"{paper} has no block of {kind}"
    text = found[1]
    for there, here in changes.items():
        assert there in text, f"{paper} does not say {there!r}"
        text = text.replace(there, here)
    return text


class Foreground:
    """A server that stays in the foreground until it is told to end."""

    def __init__(self, *command: str, folder: Path) -> None:
        self.log = folder / "server.log"
        with self.log.open("ab") as output:
            self.process = start_following(command, death_signal=signal.SIGTERM, cwd=folder, output=output)

    def wait_until(self, answers: Callable[[], object]) -> None:
        def lives_and_answers() -> bool:
            assert self.process.poll() is None, f"it has ended: {self.log.read_text()}"
            return bool(answers())

        wait_until(lives_and_answers, 90, lambda: f"it does not answer: {self.log.read_text()}", passing=(OSError,))

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
