"""A real object store for tests: S3 as moto speaks it, in a thread of its own, with a clock that can be turned."""

import logging
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from models.blobs import BlobStore
from models.object_blobs import blobs_at
from tests.processes import free_port

BUCKET, PREFIX = "desk-files", "one/desk"
KEY, SECRET = "AKIATEST", "a/secret+of=ours"


class ObjectStore:
    """One bucket; `stop` and `start` are an outage in which nothing is lost."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.port = free_port()
        self.start()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{BUCKET}", method="PUT")
        urllib.request.urlopen(request).close()

    @property
    def url(self) -> str:
        return f"s3://{KEY}:{quote(SECRET, safe='')}@{BUCKET}/{PREFIX}?endpoint=http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def objects(self) -> dict[str, bytes]:
        """Everything in the bucket, by its name below the prefix."""
        keys = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys
        return {name.removeprefix(f"{PREFIX}/"): key.value for name, key in keys.items()}

    def damage(self, name: str, content: bytes) -> None:
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys[f"{PREFIX}/{name}"].value = content

    def time_passes(self, **age: float) -> None:
        """Everything in the bucket was written so much earlier."""
        for key in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys.values():
            key.last_modified -= timedelta(**age)

    def blobs(self, folder: Path) -> BlobStore:
        return blobs_at(folder, self.url)


@pytest.fixture
def object_store() -> Iterator[ObjectStore]:
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].reset()
    store = ObjectStore()
    yield store
    store.stop()


@contextmanager
def hanging_store() -> Iterator[str]:
    """The address of a store that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"s3://{KEY}:{quote(SECRET, safe='')}@{BUCKET}?endpoint=http://127.0.0.1:{server.getsockname()[1]}"
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
