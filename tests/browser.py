"""A real Chromium for the browser tests: found, or the run fails with the line that installs one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # the tests may run as root, where Chromium refuses its own sandbox
)
NONE_FOUND = (
    "No Chromium was found for the browser tests. Install one with  apt-get install -y chromium  (Debian),  "
    ".venv/bin/playwright install chromium,  or set CHROME_BIN to the path of yours."
)


def find_browser() -> str | None:
    """The path of a Chromium: `CHROME_BIN`, else one on the path."""
    named = os.environ.get("CHROME_BIN")
    if named:
        if not Path(named).is_file():
            pytest.fail(f"CHROME_BIN names {named}, and there is no such file", pytrace=False)
        return named
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """A headless browser; without one on the machine, Playwright's own. Fails the test when there is none at all."""
    try:
        return playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
    except Error as trouble:
        pytest.fail(f"{NONE_FOUND}\n\n{trouble}", pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()
