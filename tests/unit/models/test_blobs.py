"""The blob store: what was put is there whole, or not there, or known to be damaged."""

import hashlib
import os
from pathlib import Path

import pytest

from models.blobs import BlobDamaged, BlobStore, write_durably

DATA = b"a file from a customer"
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def files_in(blobs: BlobStore) -> list[Path]:
    return [path for path in blobs.root.rglob("*") if path.is_file()]


def test_what_was_put_can_be_read(blobs: BlobStore) -> None:
    assert blobs.put(DATA) == SHA
    assert blobs.read(SHA) == DATA
    assert blobs.path(SHA) == blobs.root / SHA[:2] / SHA[2:4] / SHA


def test_the_same_bytes_are_kept_once(blobs: BlobStore) -> None:
    blobs.put(DATA)
    blobs.put(DATA)
    assert len(files_in(blobs)) == 1


def test_an_empty_file_is_a_file(blobs: BlobStore) -> None:
    assert blobs.read(blobs.put(b"")) == b""


def test_what_a_crash_left_half_written_stands_in_nobodys_way(blobs: BlobStore) -> None:
    home = blobs.path(SHA)
    home.parent.mkdir(parents=True)
    (home.parent / ".0123.tmp").write_bytes(DATA[:5])
    with pytest.raises(FileNotFoundError):
        blobs.read(SHA)
    blobs.put(DATA)
    assert blobs.read(SHA) == DATA


def test_a_write_that_fails_leaves_nothing(blobs: BlobStore) -> None:
    """The folder is in the way of the file: as near to a full disk as a test can come."""
    blobs.path(SHA).mkdir(parents=True)
    blobs.path(SHA).joinpath("in the way").touch()
    with pytest.raises(OSError):
        write_durably(blobs.path(SHA), DATA)
    assert [path.name for path in files_in(blobs)] == ["in the way"]


@pytest.mark.parametrize("damage", [DATA[:-1], DATA + b"x", DATA.replace(b"a", b"b", 1), b""])
def test_damage_is_noticed_and_never_handed_on(blobs: BlobStore, damage: bytes) -> None:
    blobs.put(DATA)
    blobs.path(SHA).write_bytes(damage)
    with pytest.raises(BlobDamaged, match=SHA):
        blobs.read(SHA)


@pytest.mark.parametrize(
    "name", ["", "abc", "../../etc/passwd", SHA.upper(), SHA + "0", SHA[:-1] + "/", f"{SHA}\n"]
)
def test_only_a_hash_is_a_name(blobs: BlobStore, name: str) -> None:
    with pytest.raises(ValueError):
        blobs.read(name)


def test_a_file_built_beside_is_taken_over(blobs: BlobStore) -> None:
    path = blobs.fresh_path()
    path.write_bytes(DATA)
    blobs.adopt(path, SHA)
    assert blobs.read(SHA) == DATA
    assert not path.exists()


def test_two_builders_never_share_a_file(blobs: BlobStore) -> None:
    assert blobs.fresh_path() != blobs.fresh_path()


def test_a_blob_is_on_the_disk_before_anybody_builds_on_it(
    blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file itself, then the three folders that name it; also when somebody else has just put it there."""
    synced: list[str] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    blobs.put(DATA)
    folders = [str(path) for path in list(blobs.path(SHA).parents)[:3]]
    assert synced[0].endswith(".tmp") and synced[1:] == folders
    synced.clear()
    blobs.put(DATA)
    assert synced == folders
