"""Real servers from Debian's packages, each with a folder and ports of its own; a test is skipped where one is not installed."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

import postroom
from postroom.children import start_following

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

    def wait_until(self, answers: object, seconds: float = 20) -> None:
        assert callable(answers)
        deadline = time.monotonic() + seconds
        while True:
            with suppress(OSError):
                if answers():
                    return
            assert self.process.poll() is None and time.monotonic() < deadline, f"it does not answer: {self.log.read_text()}"
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
