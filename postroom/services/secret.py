"""Passwords of the embedded services: made once, kept in the data folder, readable by their owner only."""

import os
import secrets
from pathlib import Path


def kept_secret(data: Path, name: str) -> str:
    """The secret `name`, made at the first call and kept in `<data>/secrets/` with mode 0600."""
    folder = data / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(32))
    return path.read_text().strip()


def _write_once(path: Path, value: str) -> None:
    """All or nothing, and never over a secret that is there: half of one would lock us out."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
        if os.geteuid() == 0:
            os.fchown(file.fileno(), path.parent.stat().st_uid, path.parent.stat().st_gid)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
