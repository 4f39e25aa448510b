#!/usr/bin/env python3
"""Postroom on a fresh machine, in two commands. Standard library only; needs Python 3.11 and its venv module.

    python3 run.py                 set everything up and start the desk with its demo (Ctrl-C stops it)
    python3 run.py test [ARGS…]    set everything up for the tests and run them all on all cores, or what ARGS
                                   (pytest's) say
    python3 run.py COMMAND [ARGS…] set everything up and run `postroom COMMAND`, for example: python3 run.py ledger

Everything is kept in `.venv/` and `node_modules/` beside this file, and what the desk writes in `data/`. Set
up again is only what changed. Uses uv instead of pip where uv is there.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RECORD = VENV / "postroom-setup.json"
OLDEST_PYTHON = (3, 11)
DECIDING_FILES = ("setup.cfg", "pyproject.toml", "webapp/frontend/build_backend.py")
"""A change in one of them installs again."""
EVERY_TEST = ["--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"]
"""The whole run takes all cores, each process with services of its own; a chosen few tests start sooner without. In the
order of their folders the long files come first, and the many quick ones at the end leave no process without work."""

# This file is read by whatever `python3` is, also by one that is too old: no newer grammar than Python 3.6.


def main(arguments: list) -> None:
    refuse_old_python()
    command, rest = (arguments[0], arguments[1:]) if arguments else ("up", ["--demo"])
    if command in ("-h", "--help"):
        print(__doc__.strip())
        return
    try:
        set_up(("local", "test") if command == "test" else ("local",))
    except KeyboardInterrupt:
        sys.exit("\nStopped. Nothing is half done: run the same command again to go on.")
    os.environ.setdefault("POSTROOM_DATA", str(ROOT / "data"))
    if command == "test":
        os.chdir(str(ROOT))
        become("pytest", rest or EVERY_TEST)
    become("postroom", [command] + rest)


def refuse_old_python() -> None:
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return
    newer = [name for name in ("python3.14", "python3.13", "python3.12", "python3.11") if shutil.which(name)]
    advice = (
        "{} is here: run  {} run.py".format(newer[0], newer[0])
        if newer
        else "On Debian 12 or Ubuntu 24.04 and later:  apt-get install -y python3 python3-venv"
    )
    sys.exit("Postroom needs Python 3.11 or newer; this is {}.\n{}".format(sys.version.split()[0], advice))


def become(module: str, arguments: list) -> None:
    """Turn into `python -m module`, so that Ctrl-C and signals reach it alone."""
    sys.stdout.flush()
    os.execv(str(PYTHON), [str(PYTHON), "-m", module] + arguments)


def set_up(extras: tuple) -> None:
    """See to it that the environment and the front end are those of the sources as they are now."""
    try:
        wanted, missing = digest(), missing_extras(extras)
        if missing:
            make_environment()
            install(sorted(set(extras) | set(installed_extras())))
            RECORD.write_text(
                json.dumps({"digest": wanted, "extras": sorted(set(extras) | set(installed_extras()))})
            )
        refresh_front_end()
    except PermissionError as error:
        sys.exit(
            "{} cannot be written: it belongs to another user.\n"
            "Run this as that user, or remove {} first.".format(error.filename, VENV)
        )


def digest() -> str:
    """What the environment depends on: what is listed, which Python, and where the checkout is."""
    result = hashlib.sha256((sys.version + "\0" + sys.executable + "\0" + str(ROOT)).encode())
    for name in DECIDING_FILES:
        result.update(b"\0" + (ROOT / name).read_bytes())
    return result.hexdigest()


def installed_extras() -> list:
    """The extras an earlier, finished set-up installed for the same digest."""
    try:
        record = json.loads(RECORD.read_text())
        return record["extras"] if record["digest"] == digest() and PYTHON.exists() else []
    except (OSError, ValueError, KeyError):
        return []


def missing_extras(extras: tuple) -> list:
    return [extra for extra in extras if extra not in installed_extras()]


def make_environment() -> None:
    """Make `.venv`, or make it anew when another Python made it or its making was cut short."""
    if environment_is_ours():
        return
    uv = shutil.which("uv")
    shutil.rmtree(str(VENV), ignore_errors=True)
    print("Setting up Postroom in {} (about a minute the first time) …".format(VENV), flush=True)
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        command = [sys.executable, "-m", "venv", str(VENV)]
    elif uv:
        command = [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)]
    else:
        sys.exit(
            "Python's venv module is missing, which makes a place for Postroom's libraries.\n"
            "On Debian and Ubuntu:  apt-get install -y python3-venv   Then run the same command again."
        )
    if subprocess.call(command, cwd=str(ROOT)) != 0:
        sys.exit("The environment {} could not be made; the lines above say why.".format(VENV))


def environment_is_ours() -> bool:
    probe = "import sys, pip; print(sys.version, sys.base_prefix)"
    here = "{} {}".format(sys.version, sys.base_prefix)
    try:
        return (
            subprocess.check_output([str(PYTHON), "-c", probe], stderr=subprocess.DEVNULL).decode().strip()
            == here
        )
    except (OSError, subprocess.CalledProcessError):
        return False


def install(extras: list, only_ourselves: bool = False) -> None:
    """Install Postroom, editable, with its extras. uv where it is there; pip when uv is not or cannot."""
    began = time.time()
    what = "{}[{}]".format(ROOT, ",".join(extras))
    options = ["--no-deps"] if only_ourselves else []
    uv = shutil.which("uv")
    command = [str(PYTHON), "-m", "pip", "install", "--progress-bar=off", "--disable-pip-version-check"]
    if (
        uv
        and subprocess.call(
            [uv, "pip", "install", "--quiet", "--python", str(PYTHON)] + options + ["-e", what]
        )
        == 0
    ):
        print("  libraries installed with uv", flush=True)
    elif not watched(command + options + ["-e", what]):
        sys.exit("The set-up stopped here. Is the network there? Run the same command again to go on.")
    print("  done in {:.0f} s".format(time.time() - began), flush=True)


def watched(command: list) -> bool:
    """Run pip and tell what it does in a few lines; all its lines when it fails."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    lines, fetched = [], 0
    for line in process.stdout:
        lines.append(line)
        fetched += line.startswith("Collecting ")
        if line.startswith("Collecting ") and (sys.stdout.isatty() or fetched % 20 == 1):
            tell("  fetching libraries: {} … ".format(fetched) + line.split()[1].split(">")[0])
        elif "Building editable" in line:
            tell("  building the pages' script and style")
        elif line.startswith("Installing collected"):
            tell("  unpacking (the longest step) …")
    if sys.stdout.isatty():
        print(flush=True)
    if process.wait() != 0:
        print("".join(lines[-40:]), file=sys.stderr)
    return process.returncode == 0


def tell(text: str) -> None:
    """One line: over the last one in a terminal, below it elsewhere."""
    if sys.stdout.isatty():
        print("\r\033[K" + text, end="", flush=True)
    else:
        print(text, flush=True)


def refresh_front_end() -> None:
    """Build the pages' script and style again when the digest of their sources changed."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(ROOT / "webapp" / "frontend"))
    # Here and not above: its grammar is newer than the oldest Python that must be able to read this file.
    import bundle

    if bundle.is_fresh():
        return
    print("Building the pages' script and style, for their sources changed …", flush=True)
    if bundle.npm_on_path():
        try:
            bundle.build()
        except subprocess.CalledProcessError:
            sys.exit("The front end could not be built; the lines above say why.")
    else:
        install(installed_extras(), only_ourselves=True)


if __name__ == "__main__":
    main(sys.argv[1:])
