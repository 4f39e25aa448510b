"""Kept mail can be run through the rules of today: for news alone, or in earnest."""

from dataclasses import replace

import pytest

from mailgate.inbound import Inbound
from mailgate.pipeline import Desk
from mailgate.replay import compare
from mailgate.safe_reading import read_safely
from models.actions.custody import failed_mails, last_filed, run_again
from models.app import blobs_of
from models.database import db
from models.errors import Conflict, NotFound
from tests.custody import Custody

KEYS = (b"k" * 32,)


def unreadable(raw: bytes, mail_from: str) -> Inbound:
    raise ValueError("yesterday's reader had a bug")


def nameless(raw: bytes, mail_from: str) -> Inbound:
    return replace(read_safely(raw, mail_from), sender=None)


def snapshot(custody: Custody) -> list[tuple]:
    return custody.run("SELECT inbound_id, decision, rule, evidence, ticket_id, message_id FROM inbound_delivery ORDER BY 1") + [
        (table, custody.run(f"SELECT count(*) FROM {table}")) for table in ("ticket", "message", "timeline_entry", "event", "outbox")
    ]


def compared(custody: Custody) -> list:
    with custody.app.app_context():
        return list(compare(last_filed(100), read_safely, Desk(blobs_of(custody.app), KEYS)))


def test_the_same_rules_say_the_same_of_every_kind_of_mail(custody: Custody) -> None:
    """Also of a mail whose duplicate came after it, and of one that was answered since (mail-safety P21)."""
    first = custody.keep("Parcel")
    custody.files()
    (raw,) = custody.given
    custody.keep_raw(raw)
    custody.keep("Nobody", sender="")
    custody.keep("Two people", sender="Dora <dora@example.org>, Eve <eve@example.org>")
    custody.keep_raw(raw.replace(b"Message-ID: ", b"Message-ID: <2@example.org>\r\nIn-Reply-To: "))
    custody.files()
    before = snapshot(custody)
    found = compared(custody)
    assert len(found) == 5
    assert [each for each in found if each.is_news] == []
    assert {each.now[0] for each in found} >= {"new_ticket", "duplicate", "held"}
    assert snapshot(custody) == before, "a dry run wrote something"
    assert custody.became(first)[2] == "new_ticket"


def test_a_dry_run_tells_what_would_change(custody: Custody) -> None:
    custody.keep("Parcel")
    custody.files(nameless)
    (found,) = compared(custody)
    assert found.is_news
    assert (found.was, found.now) == (("held", "D7a"), ("new_ticket", "D19"))


def test_what_was_given_up_is_filed_once_its_cause_is_mended(custody: Custody) -> None:
    custody.run("CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE check_violation; END'")
    custody.run("CREATE TRIGGER no BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION no()")
    try:
        inbound_id = custody.keep("Parcel")
        custody.files()
        assert custody.became(inbound_id)[0] == "dead"
    finally:
        custody.run("DROP FUNCTION no CASCADE")
    with custody.app.app_context():
        assert list(failed_mails()) == [inbound_id]
        run_again(inbound_id)
        db.session.commit()
    custody.files()
    assert custody.became(inbound_id) == ("done", 1, "new_ticket", "D19")
    custody.audit()


def test_what_was_held_is_judged_anew(custody: Custody) -> None:
    inbound_id = custody.keep("Parcel")
    custody.files(nameless)
    with custody.app.app_context():
        run_again(inbound_id)
        db.session.commit()
    custody.files()
    assert custody.became(inbound_id)[2:] == ("new_ticket", "D19")
    custody.audit()


def test_a_mail_that_is_on_a_ticket_is_not_run_twice(custody: Custody) -> None:
    inbound_id = custody.keep("Parcel")
    custody.files()
    with custody.app.app_context(), pytest.raises(Conflict):
        run_again(inbound_id)
    with custody.app.app_context(), pytest.raises(NotFound):
        run_again(type(inbound_id)(int=0))
