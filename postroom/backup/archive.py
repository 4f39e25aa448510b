"""The file of a backup: a tar archive with a seal at its end, so that one octet more, less or other is noticed.

    tables/TICKET/000001.gz  rows as COPY writes them      secrets/…  what signs and verifies
    blobs/SHA256             files and large mails          manifest.json  what it is and how much, last

The seal is the SHA-256 of everything before it. It tells damage, not malice: whoever holds the file holds the keys too.
"""

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from models.blobs import sync_folder
from models.errors import Invalid

FORMAT = 1
MANIFEST = "manifest.json"
MAGIC = b"\npostroom-backup-1 "
SEAL = len(MAGIC) + 64 + 1
CHUNK = 1 << 20


class Sealing(io.RawIOBase):
    """Writes through, and hashes what goes by."""

    def __init__(self, target: BinaryIO) -> None:
        self.target = target
        self.hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.hash.update(data)
        return self.target.write(data)


class Writer:
    """Writes an archive under another name; it gets its own when it is whole and on the disk. Readable by its owner alone."""

    def __init__(self, path: Path, link: Callable[[Path, Path], None] = os.link) -> None:
        self.path = path
        self.link = link
        self.part = path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> "Writer":
        if self.path.exists():
            raise Invalid("file", f"{self.path} is there already: choose another name")
        try:
            descriptor = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as trouble:
            raise Invalid("file", f"{self.path} cannot be written: {trouble.strerror}") from None
        self.file = os.fdopen(descriptor, "wb")
        self.sealing = Sealing(self.file)
        self.tar = tarfile.open(fileobj=self.sealing, mode="w|", bufsize=CHUNK)
        return self

    def add(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
        self.tar.addfile(member, io.BytesIO(data))

    def finish(self, manifest: dict[str, Any]) -> None:
        """Nothing can be added any more; the file is there, whole, from now on."""
        self.add(MANIFEST, json.dumps({"format": FORMAT, **manifest}, indent=1).encode())
        self.tar.close()
        self.file.write(MAGIC + self.sealing.hash.hexdigest().encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self.take_name()
        sync_folder(self.path.parent)

    def take_name(self) -> None:
        """Its own name, never over another backup. Raises `Invalid` where somebody was quicker."""
        try:
            self.link(self.part, self.path)
        except OSError:
            if self.path.exists():
                raise Invalid("file", f"{self.path} is there by now: choose another name") from None
            os.rename(self.part, self.path)  # a file system that knows no links: a stick, a share

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.file.close()
        self.part.unlink(missing_ok=True)


def verify(path: Path, told: Callable[[int], None] = lambda octets: None) -> None:
    """Read all of it, and raise `Invalid` unless it is exactly what was written."""
    try:
        left = path.stat().st_size - SEAL
        with open(path, "rb") as file:
            found = hashlib.sha256()
            while left > 0 and (data := file.read(min(CHUNK, left))):
                found.update(data)
                left -= len(data)
                told(len(data))
            seal = file.read()
    except OSError as trouble:
        raise Invalid("file", f"{path} cannot be read: {trouble.strerror}") from None
    if not seal.startswith(MAGIC) or left != 0:
        raise Invalid("file", f"{path} is no backup of a desk, or its end is missing: nothing was restored")
    if seal != MAGIC + found.hexdigest().encode() + b"\n":
        raise Invalid("file", f"{path} is damaged, it is not what was written: nothing was restored")


class Reader:
    """Reads an archive that was verified."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.members = tar.getmembers()
        self.manifest: dict[str, Any] = json.loads(self.read(self.members[-1]))

    def read(self, member: tarfile.TarInfo) -> bytes:
        file = self.tar.extractfile(member)
        assert file is not None
        return file.read()

    def under(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """Names below `folder`, and what they hold, in the order in which they were written."""
        for member in self.members:
            if member.name.startswith(f"{folder}/"):
                yield member.name.removeprefix(f"{folder}/"), self.read(member)


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Raises `Invalid` where this version cannot read it."""
    with tarfile.open(path, "r:") as tar:
        reader = Reader(tar)
        if reader.manifest.get("format") != FORMAT:
            raise Invalid("file", f"{path} was written by a newer Postroom: install that first")
        yield reader
