"""What was set aside has an end: thirty days later its words and bytes are gone, and the ledger still adds up."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from models.actions.custody import last_filed, run_again
from models.actions.forgetting import blob_columns, clear_set_aside
from models.actions.held import discard, release, undo_discard
from models.actions.orphans import remove_orphans
from models.actions.people import create_user
from models.actor import Actor, actor_of
from models.app import blobs_of
from models.blobs import BlobStore
from models.database import db
from models.errors import Conflict
from models.people import Role
from models.queries.custody import ledger
from models.queries.held import held_mails
from tests.custody import Custody

SUPPORT = "support@example.com"
SECRET = "the secret word"
TWO = "Dora <dora@example.org>, Eve <eve@example.org>"


@pytest.fixture
def ada(custody: Custody) -> Iterator[Actor]:
    """An agent, and the application's context around the test."""
    with custody.app.app_context():
        user = create_user("ada", "ada@desk.example", Role.ADMIN, full_name="Ada")
        db.session.commit()
        yield actor_of(user)


def hold(custody: Custody, subject: str = "Parcel") -> UUID:
    inbound_id = custody.keep(subject, sender=TWO, body=SECRET)
    custody.files()
    assert custody.became(inbound_id)[2] == "held"
    return inbound_id


def days_pass(custody: Custody, days: int) -> None:
    custody.run(f"UPDATE inbound_delivery SET set_aside_at = set_aside_at - interval '{days} days'")
    custody.run(f"UPDATE inbound_message SET received_at = received_at - interval '{days} days'")


def clear(custody: Custody) -> int:
    cleared = clear_set_aside()
    db.session.commit()
    return cleared


def everything_said_of(custody: Custody, inbound_id: UUID) -> str:
    return str(
        custody.run(
            "SELECT m.*, d.* FROM inbound_message m JOIN inbound_delivery d ON d.inbound_id = m.id WHERE m.id = %s", inbound_id
        )
    )


def test_held_mail_expires_after_thirty_days_and_the_sum_still_balances(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    days_pass(custody, 29)
    assert clear(custody) == 0
    assert SECRET in everything_said_of(custody, inbound_id)
    days_pass(custody, 2)
    assert clear(custody) == 1
    assert custody.became(inbound_id)[2:] == ("expired", "thirty days")
    assert SECRET not in everything_said_of(custody, inbound_id)
    assert ledger().by_decision == {"expired": 1} and ledger().balanced
    assert clear(custody) == 0
    custody.given.clear()  # it was acknowledged, and is not there any more: that is the point
    custody.audit()


def test_discarded_mail_stays_a_discard_and_loses_its_words(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    days_pass(custody, 29)
    discard(inbound_id, SUPPORT, ada)
    db.session.commit()
    days_pass(custody, 29)
    assert clear(custody) == 0, "the thirty days begin with the discard"
    days_pass(custody, 2)
    assert clear(custody) == 1
    assert custody.became(inbound_id)[2:] == ("discarded", "by hand")
    assert SECRET not in everything_said_of(custody, inbound_id)
    assert ledger().by_decision == {"discarded": 1} and ledger().balanced


def test_what_was_taken_back_has_thirty_days_anew(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    discard(inbound_id, SUPPORT, ada)
    db.session.commit()
    days_pass(custody, 29)
    undo_discard(inbound_id, SUPPORT, ada)
    db.session.commit()
    days_pass(custody, 29)
    assert clear(custody) == 0
    assert custody.became(inbound_id)[2] == "held"


def test_what_was_let_go_comes_back_by_no_door(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    days_pass(custody, 31)
    clear(custody)
    for act in (release, discard, undo_discard):
        with pytest.raises(Conflict, match="let go"):
            act(inbound_id, SUPPORT, ada)
        db.session.rollback()
    with pytest.raises(Conflict, match="let go"):
        run_again(inbound_id)
    db.session.rollback()
    assert last_filed(10) == []


def test_a_discard_that_was_let_go_is_listed_no_more(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    discard(inbound_id, SUPPORT, ada)
    db.session.commit()
    admin = create_user("cleo", None, Role.ADMIN)
    assert len(held_mails(admin, "all", discarded=True)) == 1
    days_pass(custody, 31)
    clear(custody)
    assert held_mails(admin, "all", discarded=True) == []


def test_released_mail_has_no_end(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    release(inbound_id, SUPPORT, ada)
    db.session.commit()
    custody.files()
    days_pass(custody, 100)
    assert clear(custody) == 0
    assert custody.became(inbound_id)[2] == "new_ticket"


def test_a_mail_that_is_on_a_ticket_elsewhere_keeps_its_bytes(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    custody.run(
        "INSERT INTO inbound_delivery (inbound_id, rcpt, decision, rule) VALUES (%s, 'sales@example.com', 'bounce', 'D2')",
        inbound_id,
    )
    days_pass(custody, 31)
    assert clear(custody) == 1
    assert custody.run("SELECT raw IS NOT NULL, forgotten_at FROM inbound_message") == [(True, None)]
    assert custody.run("SELECT decision FROM inbound_delivery WHERE rcpt = %s", SUPPORT) == [("expired",)]


def test_mail_that_somebody_looks_after_this_moment_is_left_alone(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    days_pass(custody, 31)
    release(inbound_id, SUPPORT, ada)  # not committed yet
    with custody.app.app_context():
        assert clear(custody) == 0
    db.session.commit()
    custody.files()
    assert custody.became(inbound_id)[2] == "new_ticket"


# Blobs


@pytest.fixture
def blobs(custody: Custody, ada: Actor) -> BlobStore:
    return blobs_of(custody.app)


def grow_old(path: Path, hours: float) -> None:
    moment = time.time() - hours * 3_600
    os.utime(path, (moment, moment))


def sweep(blobs: BlobStore) -> int:
    removed = sum(remove_orphans(blobs, shelf) for shelf in range(256))
    db.session.rollback()
    return removed


def test_the_blob_of_a_mail_goes_with_its_bytes(custody: Custody, ada: Actor, blobs: BlobStore) -> None:
    inbound_id = hold(custody)
    name = blobs.put(custody.given[0])
    grow_old(blobs.path(name), 25)
    custody.run("UPDATE inbound_message SET raw = NULL, raw_uri = %s", name)
    assert sweep(blobs) == 0
    days_pass(custody, 31)
    clear(custody)
    assert sweep(blobs) == 1 and not blobs.path(name).exists()
    assert custody.became(inbound_id)[2] == "expired"


def test_a_young_blob_is_left_to_the_row_that_is_still_to_come(blobs: BlobStore) -> None:
    name = blobs.put(b"just put")
    grow_old(blobs.path(name), 23)
    assert sweep(blobs) == 0
    grow_old(blobs.path(name), 25)
    assert blobs.put(b"just put") == name  # put again: young again
    assert sweep(blobs) == 0
    grow_old(blobs.path(name), 25)
    assert sweep(blobs) == 1


@pytest.mark.parametrize("place", ["attachment", "outbox"])
def test_every_column_that_names_a_blob_is_asked(place: str) -> None:
    assert place in {column.table.name for column in blob_columns()}
