"""Bytes kept by their content."""

import hashlib
from pathlib import Path

import pytest

from models.blobs import BlobDamaged, BlobStore


def test_what_was_put_is_read_and_kept_once(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    sha256 = store.put(b"hello")
    assert store.put(b"hello") == sha256 == hashlib.sha256(b"hello").hexdigest()
    assert store.read(sha256) == b"hello"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / sha256[:2] / sha256[2:4] / sha256]


def test_a_file_of_the_writers_own_is_taken_over(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "new")
    fresh = store.fresh_path()
    fresh.write_bytes(b"large")
    sha256 = hashlib.sha256(b"large").hexdigest()
    store.adopt(fresh, sha256)
    assert store.read(sha256) == b"large" and not fresh.exists()
    again = store.fresh_path()
    again.write_bytes(b"large")
    store.adopt(again, sha256)
    assert store.read(sha256) == b"large"


def test_damage_is_noticed(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    sha256 = store.put(b"hello")
    store.path(sha256).write_bytes(b"hallo")
    with pytest.raises(BlobDamaged):
        store.read(sha256)


def test_only_a_hash_names_a_blob(tmp_path: Path) -> None:
    for name in ("../../etc/passwd", "", "A" * 64, "0" * 63):
        with pytest.raises(ValueError):
            BlobStore(tmp_path).path(name)
