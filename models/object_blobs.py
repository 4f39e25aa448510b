"""Blobs in an object store (S3 and what speaks like it), for a desk on many machines that share no folder.

    s3://BUCKET/PREFIX?region=eu-central-1                       keys from the machine's role or AWS_ACCESS_KEY_ID and its like
    s3://KEY:SECRET@BUCKET/PREFIX?endpoint=https://s3.example    keys in the address, percent-encoded

The objects have the names that the files of a folder have, so either may be copied to the other. What is removed is
kept aside for another day: an object store has no rename, and a blob that somebody puts again at the moment of its
removal must not be gone.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from models.blobs import SHA256_HEX, BlobStore, BlobsUnavailable, verified
from models.errors import SettingsError

FORM = "ATTACHMENTS_URL: write file:///folder or s3://bucket/prefix?region=…&endpoint=https://…"
OPTIONS = ("endpoint", "region")
ASIDE = "aside"
FRESH = timedelta(hours=1)  # so young it needs no writing again; far below the age from which blobs are removed
REQUEST_SECONDS = 8  # a part of 5 MB, or a whole small object; below what the gate waits for
CONNECT_SECONDS = 2
RETRIES = 1


def blobs_at(folder: Path, url: str = "") -> BlobStore:
    """The store at `url`, whose bodies are built in `folder`; without one that folder itself. Raises `SettingsError`."""
    parts = urlsplit(url)
    match parts.scheme:
        case "":
            return BlobStore(folder)
        case "file":
            return BlobStore(folder_of(parts))
        case "s3":
            return ObjectBlobs(folder, url)
    raise SettingsError(FORM)


def folder_of(parts: SplitResult) -> Path:
    if parts.netloc not in ("", "localhost") or not parts.path.strip("/"):
        raise SettingsError(FORM)
    return Path(unquote(parts.path))


class ObjectBlobs(BlobStore):
    """Objects named `<prefix>/ab/cd/<sha256>`; `root` is the folder where large mails are built before they go up."""

    def __init__(self, root: Path, url: str) -> None:
        super().__init__(root)
        self.address = urlsplit(url)
        self.options = dict(parse_qsl(self.address.query))
        if not self.address.hostname or set(self.options) - set(OPTIONS):
            raise SettingsError(FORM)

    @cached_property
    def store(self) -> S3Store:
        """Made on first use: it has threads of its own, which do not survive a fork."""
        parts, endpoint = self.address, self.options.get("endpoint", "")
        keys = {"access_key_id": unquote(parts.username), "secret_access_key": unquote(parts.password or "")} if parts.username else {}
        return S3Store(
            parts.netloc.rpartition("@")[2],
            prefix=parts.path.strip("/") or None,
            region=self.options.get("region", "us-east-1"),
            checksum_algorithm="SHA256",  # the store compares what arrived
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": f"{REQUEST_SECONDS}s",
                "connect_timeout": f"{CONNECT_SECONDS}s",
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=REQUEST_SECONDS)},
            **({"endpoint": endpoint} if endpoint else {}),
            **keys,
        )

    def put(self, data: bytes) -> str:
        """Keep `data`; its SHA-256 in hex. Raises `BlobsUnavailable`."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.write(sha256, data)
        return sha256

    def adopt(self, path: Path, sha256: str) -> None:
        """Take over a file from `fresh_path` in parts of a few megabytes. Raises `BlobsUnavailable`."""
        self.write(sha256, path)
        path.unlink(missing_ok=True)

    def write(self, sha256: str, content: bytes | Path) -> None:
        with plain_trouble():
            if self.age(key_of(sha256)) > FRESH:
                obstore.put(self.store, key_of(sha256), content)

    def read(self, sha256: str) -> bytes:
        """The bytes put under `sha256`. Raises `FileNotFoundError`, `BlobDamaged`, `BlobsUnavailable`."""
        with plain_trouble():
            try:
                data = obstore.get(self.store, key_of(sha256)).bytes()
            except FileNotFoundError:
                self.bring_back(sha256)
                data = obstore.get(self.store, key_of(sha256)).bytes()
        return verified(bytes(data), sha256)

    def older_than(self, age: timedelta, shelf: int) -> Iterator[str]:
        return self.listed(f"{shelf:02x}", age)

    def set_aside(self, age: timedelta, shelf: int) -> Iterator[str]:
        return self.listed(f"{ASIDE}/{shelf:02x}", age)

    def listed(self, folder: str, age: timedelta) -> Iterator[str]:
        """The blobs below `folder` that nobody wrote for longer than `age`."""
        with plain_trouble():
            for some in obstore.list(self.store, folder):
                for each in some:
                    name = each["path"].rpartition("/")[2]
                    if SHA256_HEX.fullmatch(name) and datetime.now(UTC) - each["last_modified"] > age:
                        yield name

    def remove_if_older_than(self, age: timedelta, sha256: str) -> bool:
        """Whether the blob is gone: set aside, from where `read` finds it still. One that was put again stays."""
        key = key_of(sha256)
        with plain_trouble():
            if not age < self.age(key) < timedelta.max:
                return False
            obstore.copy(self.store, key, f"{ASIDE}/{key}")
            if self.age(key) <= age:
                self.forget_aside(sha256)
                return False
            obstore.delete(self.store, key)
        return True

    def bring_back(self, sha256: str) -> None:
        """Put a blob that was set aside where it was. Raises `FileNotFoundError`, `BlobsUnavailable`."""
        with plain_trouble():
            obstore.copy(self.store, f"{ASIDE}/{key_of(sha256)}", key_of(sha256))

    def forget_aside(self, sha256: str) -> None:
        with plain_trouble():
            obstore.delete(self.store, f"{ASIDE}/{key_of(sha256)}")

    def age(self, key: str) -> timedelta:
        """How long ago the object was written; one that is not there was never: `timedelta.max`."""
        try:
            return datetime.now(UTC) - obstore.head(self.store, key)["last_modified"]
        except FileNotFoundError:
            return timedelta.max


def key_of(sha256: str) -> str:
    if not SHA256_HEX.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256!r}")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@contextmanager
def plain_trouble() -> Iterator[None]:
    """Trouble with the store as `BlobsUnavailable`, in one line: the library's own text has a page, with the request in it."""
    try:
        yield
    except BaseError as trouble:
        raise BlobsUnavailable(str(trouble).partition("\n")[0]) from None
