"""Bytes too large for a row, kept by their content: attachments and big raw mails.

A blob is written before the row that names it, and is on the disk (file and folder) before the caller goes on.
`object_blobs.py` keeps them in an object store instead, with the same methods; `blobs_at` says which of the two it is.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

SHELVES = 256  # folders at the top
SHA256_HEX = re.compile(r"[0-9a-f]{64}")


class BlobDamaged(Exception):
    """The stored bytes are not the bytes that were put."""


class BlobsUnavailable(OSError):
    """The store cannot take or give anything right now; to be tried again."""


class BlobStore:
    """A folder of files named by the SHA-256 of their content: `<root>/ab/cd/<sha256>`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        if not SHA256_HEX.fullmatch(sha256):
            raise ValueError(f"not a SHA-256: {sha256!r}")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def put(self, data: bytes) -> str:
        """Keep `data`; its SHA-256 in hex. Putting the same bytes twice keeps one file. Raises `OSError`."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        try:
            os.utime(path)  # it is young again: `remove_if_older_than` lets it be
            sync_new_entry(path)  # another may have put it this moment, and not have come to that yet
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, data)
        return sha256

    def fresh_path(self) -> Path:
        """Where a writer may build a file that `adopt` will take over: on the same disk, under no blob's name."""
        self.root.mkdir(parents=True, exist_ok=True)
        return self.root / f".{uuid4().hex}.tmp"

    def adopt(self, path: Path, sha256: str) -> None:
        """Take over a file from `fresh_path`, already synced and holding the bytes of `sha256`. Raises `OSError`."""
        home = self.path(sha256)
        home.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, home)
        sync_new_entry(home)

    def read(self, sha256: str) -> bytes:
        """The bytes put under `sha256`. Raises `FileNotFoundError`, or `BlobDamaged` if they have changed."""
        return verified(self.path(sha256).read_bytes(), sha256)

    def older_than(self, age: timedelta, shelf: int) -> Iterator[str]:
        """The blobs of one shelf - a 256th of all, by the first octet of their names - that nobody put of late."""
        for path in (self.root / f"{shelf:02x}").glob("*/*"):
            if SHA256_HEX.fullmatch(path.name) and is_old(path, age):
                yield path.name

    def remove_if_older_than(self, age: timedelta, sha256: str) -> bool:
        """Whether the blob is gone. One that was put again this moment is found to be young, and stays."""
        path, aside = self.path(sha256), self.fresh_path()
        try:
            os.replace(path, aside)
        except FileNotFoundError:
            return False
        if not is_old(aside, age):
            os.replace(aside, path)
            return False
        aside.unlink()
        return True

    def set_aside(self, age: timedelta, shelf: int) -> Iterator[str]:
        """The removed blobs of one shelf that were kept aside for longer than `age`: none here, a rename needs no second look."""
        yield from ()

    def bring_back(self, sha256: str) -> None:
        """Put a blob that was set aside where it was."""

    def forget_aside(self, sha256: str) -> None:
        """End a blob that was set aside."""


def verified(data: bytes, sha256: str) -> bytes:
    """`data`, if it is what the name says. Raises `BlobDamaged`."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BlobDamaged(f"the stored file {sha256} does not hold what was put into it")
    return data


def is_old(path: Path, age: timedelta) -> bool:
    try:
        return time.time() - path.stat().st_mtime > age.total_seconds()
    except FileNotFoundError:
        return False


def write_durably(path: Path, data: bytes) -> None:
    """Write `data` so that after a power cut `path` holds all of it or does not exist."""
    fresh = path.with_name(f".{uuid4().hex}.tmp")
    try:
        with open(fresh, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_new_entry(path)


def sync_new_entry(path: Path) -> None:
    """Put the name of a blob on the disk. The two levels above may be new: each folder remembers its entries."""
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
