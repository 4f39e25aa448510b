"""The file of a backup: there whole or not at all, and never in another's place."""

import errno
import os
from pathlib import Path

import pytest

from models.errors import Invalid
from postroom.backup.archive import Writer, reading, verify


def no_links(part: Path, path: Path) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def somebody_is_quicker(part: Path, path: Path) -> None:
    path.write_bytes(b"another backup")
    os.link(part, path)


def test_it_reads_back_what_was_written_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    with Writer(tmp_path / "desk.backup") as writer:
        writer.add("tables/ticket/000000.gz", b"rows")
        writer.finish({"made_at": "then"})
    verify(tmp_path / "desk.backup")
    with reading(tmp_path / "desk.backup") as backup:
        assert list(backup.under("tables")) == [("ticket/000000.gz", b"rows")] and backup.manifest["made_at"] == "then"
    assert [each.name for each in tmp_path.iterdir()] == ["desk.backup"]


def test_a_file_system_without_links_holds_it_too(tmp_path: Path) -> None:
    with Writer(tmp_path / "desk.backup", no_links) as writer:
        writer.finish({})
    verify(tmp_path / "desk.backup")
    assert [each.name for each in tmp_path.iterdir()] == ["desk.backup"]


def test_a_backup_that_somebody_else_finished_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="choose another name"), Writer(tmp_path / "desk.backup", somebody_is_quicker) as writer:
        writer.finish({})
    assert (tmp_path / "desk.backup").read_bytes() == b"another backup"
    assert [each.name for each in tmp_path.iterdir()] == ["desk.backup"]
