"""Blobs in an object store: kept, found, verified, removed only when nobody can be about to name them; outages cost time."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from mailgate.filer import Filer
from mailgate.safe_reading import read_safely
from models.actions.mailboxes import ensure_first_mailbox
from models.actions.orphans import BLOBS_ARE_YOUNG, alone_at, orphans, remove_orphans
from models.app import base_app
from models.blobs import BlobDamaged, BlobsUnavailable, BlobStore
from models.database import db
from models.errors import SettingsError
from models.object_blobs import ObjectBlobs, blobs_at
from models.settings import load_settings
from postroom.cli import main
from tests.custody import Custody, ReadingHere
from tests.gate import Desk as GateDesk
from tests.gate import GateFactory
from tests.integration.webapp.api.conftest import mail_with_a_file
from tests.object_store import SECRET, ObjectStore, hanging_store
from tests.waiting import wait_until

LARGE = b"x" * 1_300_000
SMALL_MAIL = b"Subject: small\r\n\r\nHi\r\n"
BIG_MAIL = b"Subject: big\r\n\r\n" + b"and so on, and so forth.\r\n" * 30_000


@pytest.fixture
def blobs(object_store: ObjectStore, tmp_path: Path) -> BlobStore:
    return object_store.blobs(tmp_path / "spool")


@pytest.fixture
def app(database_url: str, object_store: ObjectStore, tmp_path: Path) -> Iterator[Flask]:
    settings = load_settings(
        {"DATABASE_URL": database_url, "POSTROOM_DATA": str(tmp_path), "ATTACHMENTS_URL": object_store.url}
    )
    app = base_app(settings, pool_size=2)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


# What is put is there, and is what it says


def test_what_is_put_is_kept_under_its_hash_as_in_a_folder(blobs: BlobStore, object_store: ObjectStore) -> None:
    name = blobs.put(LARGE)
    assert object_store.objects == {f"{name[:2]}/{name[2:4]}/{name}": LARGE}
    assert blobs.read(name) == LARGE


def test_a_large_mail_goes_up_from_its_file_and_the_file_goes(blobs: BlobStore, object_store: ObjectStore) -> None:
    content = os.urandom(12_000_000)  # more than one part
    name = BlobStore(blobs.root / "elsewhere").put(content)
    spooled = blobs.fresh_path()
    spooled.write_bytes(content)
    blobs.adopt(spooled, name)
    assert blobs.read(name) == content
    assert not spooled.exists()


def test_other_bytes_under_the_name_are_never_given_out(blobs: BlobStore, object_store: ObjectStore) -> None:
    name = blobs.put(b"an invoice")
    object_store.damage(f"{name[:2]}/{name[2:4]}/{name}", b"an invoicf")
    with pytest.raises(BlobDamaged):
        blobs.read(name)


def test_what_was_never_put_is_not_there(blobs: BlobStore) -> None:
    with pytest.raises(FileNotFoundError):
        blobs.read("0" * 64)


@pytest.mark.parametrize("url", ["ftp://bucket", "s3:///prefix", "s3://bucket?colour=red", "file://other-host/folder", "file:///"])
def test_an_address_nobody_can_read_stops_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ATTACHMENTS_URL"):
        blobs_at(tmp_path, url)


def test_the_address_may_name_another_folder(tmp_path: Path) -> None:
    assert blobs_at(tmp_path / "data", f"file://{tmp_path}/far%20away").root == tmp_path / "far away"


# Nothing is removed that somebody may be about to name


def shelf_of(name: str) -> int:
    return int(name[:2], 16)


def test_what_no_row_names_goes_after_a_day_and_for_good_after_another(app: Flask, blobs: BlobStore, object_store: ObjectStore) -> None:
    name = blobs.put(LARGE)
    object_store.time_passes(hours=23)
    assert orphans(blobs, shelf_of(name)) == [] and remove_orphans(blobs, shelf_of(name)) == 0
    object_store.time_passes(hours=2)
    assert orphans(blobs, shelf_of(name)) == [name] and blobs.read(name) == LARGE  # only asked
    assert remove_orphans(blobs, shelf_of(name)) == 1
    assert [path.partition("/")[0] for path in object_store.objects] == ["aside"]
    object_store.time_passes(hours=25)
    assert remove_orphans(blobs, shelf_of(name)) == 0
    assert object_store.objects == {}


def test_what_is_put_again_is_young_again(blobs: BlobStore, object_store: ObjectStore) -> None:
    name = blobs.put(LARGE)
    object_store.time_passes(hours=30)
    assert blobs.put(LARGE) == name
    assert list(blobs.older_than(BLOBS_ARE_YOUNG, shelf_of(name))) == []
    assert not blobs.remove_if_older_than(BLOBS_ARE_YOUNG, name)


class PutInBetween(ObjectBlobs):
    """Somebody puts the same blob between our last look at its age and its removal: the worst moment there is."""

    other: BlobStore
    looks = 0

    def age(self, key: str) -> timedelta:
        seen = super().age(key)
        self.looks += 1
        if self.looks == 2:
            self.other.put(LARGE)
        return seen


def test_what_is_put_at_the_moment_of_its_removal_is_found_and_comes_back(
    app: Flask, object_store: ObjectStore, tmp_path: Path
) -> None:
    sweeper = PutInBetween(tmp_path, object_store.url)
    sweeper.other = object_store.blobs(tmp_path)
    name = sweeper.other.put(LARGE)
    object_store.time_passes(hours=30)
    assert sweeper.remove_if_older_than(BLOBS_ARE_YOUNG, name) and sweeper.looks == 2
    assert not any(path.startswith(name[:2]) for path in object_store.objects), "the new one went, too: that is the case"
    name_in_a_row(app, name)
    object_store.time_passes(hours=30)
    remove_orphans(sweeper.other, shelf_of(name))
    assert object_store.objects == {f"{name[:2]}/{name[2:4]}/{name}": LARGE}


def test_what_lies_aside_is_found_by_whoever_reads_it(blobs: BlobStore, object_store: ObjectStore) -> None:
    name = blobs.put(LARGE)
    object_store.time_passes(hours=30)
    assert blobs.remove_if_older_than(BLOBS_ARE_YOUNG, name)
    assert blobs.read(name) == LARGE


def test_a_named_blob_stays_however_old(app: Flask, blobs: BlobStore, object_store: ObjectStore) -> None:
    name = blobs.put(LARGE)
    name_in_a_row(app, name)
    object_store.time_passes(days=400)
    assert remove_orphans(blobs, shelf_of(name)) == 0
    assert blobs.read(name) == LARGE


def test_two_sweepers_do_not_work_on_one_shelf(app: Flask, blobs: BlobStore, object_store: ObjectStore) -> None:
    name = blobs.put(LARGE)
    object_store.time_passes(hours=30)
    with alone_at(shelf_of(name)) as first:
        assert first and remove_orphans(blobs, shelf_of(name)) == 0
    assert remove_orphans(blobs, shelf_of(name)) == 1


def name_in_a_row(app: Flask, name: str) -> None:
    db.session.execute(
        db.text(
            "INSERT INTO inbound_message (id, envelope_key, mail_from, raw_sha256, raw_size, raw_uri)"
            " VALUES (gen_random_uuid(), '\\x01', '', '\\x01', 1, :name)"
        ),
        {"name": name},
    )
    db.session.commit()


def test_the_command_removes_what_it_would_remove(database_url: str, tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    old, young = blobs.put(b"old"), blobs.put(b"young")
    moment = time.time() - 25 * 3_600
    os.utime(blobs.path(old), (moment, moment))
    env = {"DATABASE_URL": database_url, "REDIS_URL": "redis://unused", "POSTROOM_DATA": str(tmp_path)}
    asked = CliRunner().invoke(main, ["blobs", "sweep", "--dry-run"], env=env)
    assert "1 would go; nothing was removed" in asked.output and blobs.read(old)
    done = CliRunner().invoke(main, ["blobs", "sweep"], env=env)
    assert "1 are gone" in done.output and not blobs.path(old).exists() and blobs.read(young)


# Outages: 451 at the gate, 503 in the web, nothing lost


def test_a_store_that_is_down_defers_large_mails_and_takes_small_ones(
    desk: GateDesk, object_store: ObjectStore, open_a_gate: GateFactory, tmp_path: Path
) -> None:
    gate = open_a_gate(attachments_url=object_store.url)
    object_store.stop()
    with gate.client() as client:
        assert client.greets().gives(BIG_MAIL).startswith(b"451 4.3.0")
        assert client.gives(SMALL_MAIL).startswith(b"250")
    object_store.start()
    with gate.client() as client:
        assert client.greets().gives(BIG_MAIL).startswith(b"250")
    desk.blobs = object_store.blobs(tmp_path)
    assert desk.bodies() == [SMALL_MAIL, BIG_MAIL]


def test_a_store_that_hangs_keeps_no_small_mail_waiting(desk: GateDesk, open_a_gate: GateFactory) -> None:
    with hanging_store() as url:
        gate = open_a_gate(attachments_url=url, keep_seconds=1.0)
        with gate.client() as client:
            assert client.greets().gives(BIG_MAIL).startswith(b"451")
            assert client.gives(SMALL_MAIL).startswith(b"250")
    assert [mail.raw for mail in desk.kept()] == [SMALL_MAIL]


def test_a_mail_with_a_file_waits_until_its_file_can_be_kept(app: Flask, object_store: ObjectStore, database_url: str) -> None:
    ensure_first_mailbox("support@example.com")
    db.session.commit()
    custody = Custody(database_url, app)
    inbound_id = custody.keep_raw(mail_with_a_file())
    filer = Filer(app, ReadingHere(read_safely))
    object_store.stop()
    wait_until(lambda: bool(filer.do_round() or custody.became(inbound_id)[0] == "retry"))
    object_store.start()
    custody.work_off(filer)
    filer.stop()
    assert custody.became(inbound_id)[2] == "new_ticket"
    assert list(object_store.objects.values()) == [b"%PDF-1.7 order"]
    custody.audit()


def test_the_trouble_is_told_in_one_line_without_the_key(object_store: ObjectStore, blobs: BlobStore) -> None:
    object_store.stop()
    with pytest.raises(BlobsUnavailable) as trouble:
        blobs.put(b"x")
    object_store.start()
    assert "\n" not in str(trouble.value) and SECRET not in str(trouble.value)
