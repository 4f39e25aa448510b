#!/usr/bin/env python3
"""One door to everything, with nothing but Python 3.11+ and its venv module on the machine.

    python3 run.py              set everything up and start the desk with demo tickets
    python3 run.py test …       install what the tests need and run them (arguments go to pytest)
    python3 run.py COMMAND …    any other `postroom` command
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "postroom-setup"
FRONTEND = ROOT / "webapp" / "frontend"
OLDEST = (3, 11)

# A change in any of these asks for a new installation.
WHAT_IS_INSTALLED = ("setup.cfg", "pyproject.toml", "webapp/frontend/build_backend.py")


def main(arguments: list[str]) -> None:
    command = arguments[0] if arguments else "up"
    extras = ["local", "test"] if command == "test" else ["local"]
    set_up(extras)
    if command == "test":
        start("-m", "pytest", *arguments[1:])
    start("-m", "postroom", *(arguments or ["up", "--demo"]))


def set_up(extras: list[str]) -> None:
    """A virtual environment with all that is needed, and a front end built from today's sources."""
    if sys.version_info < OLDEST:
        sys.exit(f"Postroom needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}")
    digest = what_is_wanted()
    if not is_set_up(digest, extras):
        make_environment()
        install(digest, extras)
    build_front_end()


def what_is_wanted() -> str:
    content = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for name in WHAT_IS_INSTALLED:
        content.update((ROOT / name).read_bytes())
    return content.hexdigest()


def is_set_up(digest: str, extras: list[str]) -> bool:
    try:
        known, *installed = STAMP.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return False
    return PYTHON.exists() and known == digest and set(extras) <= set(installed)


def make_environment() -> None:
    if PYTHON.exists():
        return
    say("Making a virtual environment in .venv")
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        sys.exit(
            "A virtual environment cannot be made here. On Debian and Ubuntu run  apt-get install -y python3-venv"
            f"  first, then try again.\n\n{made.stdout}{made.stderr}"
        )


def install(digest: str, extras: list[str]) -> None:
    say("Installing the packages and building the front end; the first time this takes about a minute")
    pip_install(f".[{','.join(extras)}]")
    STAMP.write_text(" ".join([digest, *extras]), encoding="ascii")


def pip_install(what: str) -> None:
    began = time.monotonic()
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--editable", what]
    if subprocess.run(pip, cwd=ROOT).returncode:
        sys.exit("The packages could not be installed; what pip says above tells why.")
    say(f"Installed in {time.monotonic() - began:.0f} s")


def build_front_end() -> None:
    """Build what has changed since; without npm on the machine the package build brings its own."""
    sys.path.insert(0, str(FRONTEND))
    sys.dont_write_bytecode = True
    import bundle  # beside its sources, where the package build needs it too

    if bundle.is_fresh():
        return
    say("Building the front end")
    try:
        bundle.build() if bundle.npm_on_path() else pip_install(".")
    except bundle.BundleError as trouble:
        sys.exit(str(trouble))


def start(*arguments: str) -> None:
    """Become the desk: a Ctrl-C is then its own."""
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *arguments])


def say(text: str) -> None:
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
