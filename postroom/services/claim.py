"""One running Postroom per data folder: the lock, and the short path where its sockets are."""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from postroom.children import Account
from postroom.services.account import reachable
from postroom.services.errors import ServiceError

SOCKET_PATH_LIMIT = 107
"""Longest path of a Unix socket in bytes: unix(7), sun_path without its NUL."""
LONGEST_NAME = len("/.s.PGSQL.5432.lock")


class Taken(Exception):
    """Another process is using the data folder; carries its number, 0 if it did not say."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"process {pid}")
        self.pid = pid


@contextlib.contextmanager
def claimed(data: Path) -> Iterator[None]:
    """Hold the data folder for ourselves. The kernel lets go of it when we die, however we die.

    Raises Taken when another live process holds it, ServiceError when the folder cannot be written.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data / "services.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ServiceError(
            f"The data folder {data} cannot be used: {error.strerror}. Choose another one with --data or "
            "POSTROOM_DATA, or start Postroom as the user it belongs to."
        ) from error
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken(int(lock.read().strip() or 0)) from None
        _note_ourselves(lock.fileno(), data)
        yield


def _note_ourselves(descriptor: int, data: Path) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    if os.geteuid() == 0:  # so that the folder's owner can start Postroom again without root
        os.fchown(descriptor, data.stat().st_uid, data.stat().st_gid)


def socket_folder(data: Path, account: Account | None) -> Path:
    """Where the sockets of this data folder are: the same for every process, and short enough for the kernel.

    A temporary directory of root's own (pam_tmpdir makes them) is of no use to the servers' `account`.
    """
    name = "postroom-" + hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]
    for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp").resolve()):
        if len(os.fsencode(parent / name)) + LONGEST_NAME <= SOCKET_PATH_LIMIT and reachable(parent, account):
            return parent / name
    raise ServiceError(
        "The servers' sockets need a temporary directory with a short path; set TMPDIR to one."
    )
