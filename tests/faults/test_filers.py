"""Filers: what one mail can do to the others, what a filer's death costs, and who may write down what became of a mail."""

import time
from collections.abc import Iterator

import pytest

from mailgate.filer import TRIES, Filer
from mailgate.pipeline import LeaseLost, file_together, read_mail
from mailgate.reading_child import Allowance
from mailgate.reading_room import ReadingRoom
from mailgate.safe_reading import read_safely
from models.actions.custody import claim_mails
from models.database import db
from tests.custody import Custody


@pytest.fixture
def filer(custody: Custody) -> Iterator[Filer]:
    room = ReadingRoom("tests.hostile_readers:read", Allowance(cpu_seconds=1, wall_seconds=60))
    room.open()
    found = Filer(custody.app, room)
    yield found
    found.stop()


@pytest.mark.parametrize("deed", ["segfault", "leave", "burn", "fork in python"])
def test_a_mail_that_breaks_its_reader_becomes_a_skeleton_ticket_after_three_tries(
    custody: Custody, filer: Filer, deed: str
) -> None:
    hostile = custody.keep(deed)
    others = [custody.keep(f"Parcel {number}") for number in range(5)]
    custody.work_off(filer)
    assert custody.became(hostile) == ("done", TRIES + 1, "new_ticket", "D6")
    assert [custody.became(other) for other in others] == [("done", 1, "new_ticket", "D19")] * 5
    ((body, remarks, attached),) = custody.run(
        "SELECT body, remarks, filename FROM message m JOIN attachment a ON a.message_id = m.id WHERE inbound_id = %s", hostile
    )
    assert "could not be read" in remarks[0] and attached == "original.eml"
    custody.audit()


def test_a_broken_mail_that_names_nobody_is_held_and_can_be_seen(custody: Custody, filer: Filer) -> None:
    hostile = custody.keep("leave", sender="")
    custody.work_off(filer)
    assert custody.became(hostile) == ("done", TRIES + 1, "held", "D7a")
    custody.audit()


def test_other_mails_are_filed_while_a_slow_one_is_read(custody: Custody) -> None:
    slow = custody.keep("sleep")
    others = [custody.keep(f"Parcel {number}") for number in range(10)]
    room = ReadingRoom("tests.hostile_readers:read", Allowance(wall_seconds=120))
    filer = Filer(custody.app, room)
    try:
        deadline = time.monotonic() + 100
        while any(custody.became(other)[0] != "done" for other in others):
            filer.do_round()
            assert time.monotonic() < deadline
        assert custody.became(slow)[:2] == ("processing", 1), "the others had to wait until the slow one was given up"
    finally:
        filer.stop()


def test_one_mail_that_the_database_refuses_does_not_spoil_its_batch(custody: Custody, filer: Filer) -> None:
    custody.run(
        "CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN IF NEW.subject = ''Refuse me'' THEN RAISE check_violation; END IF; RETURN NEW; END'"
    )
    custody.run("CREATE TRIGGER no BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION no()")
    try:
        others = [custody.keep(f"Parcel {number}") for number in range(4)]
        refused = custody.keep("Refuse me")
        custody.work_off(filer)
        assert [custody.became(other)[:2] for other in others] == [("done", 1)] * 4
        assert custody.became(refused)[:2] == ("dead", TRIES + 1)
    finally:
        custody.run("DROP FUNCTION no CASCADE")


def test_trouble_of_our_own_is_never_counted_against_a_mail(custody: Custody, filer: Filer) -> None:
    """Its bytes are on a disk that is not there just now."""
    waits = custody.keep("Parcel")
    custody.run("UPDATE inbound_message SET raw = NULL, raw_uri = %s", "0" * 64)
    for _ in range(2 * TRIES):
        filer.do_round()
        custody.hurry()
    state, attempts, decision, _ = custody.became(waits)
    assert (state, decision) == ("retry", None) and attempts <= 1


def test_who_has_lost_the_lease_writes_nothing(custody: Custody, filer: Filer) -> None:
    """A filer that slept past its lease wakes up when another has filed the mail."""
    inbound_id = custody.keep("Parcel")
    with custody.app.app_context():
        (mail,) = claim_mails("sleeper", 10)
        db.session.commit()
        sleeper = read_mail(mail, read_safely, filer.desk)
        custody.run("UPDATE inbound_message SET lease_until = now() - interval '1 s'")
        custody.work_off(filer)
        with pytest.raises(LeaseLost):
            file_together([sleeper], "sleeper", filer.desk)
    assert custody.became(inbound_id)[0] == "done"
    assert custody.run("SELECT count(*) FROM message") == [(1,)]
    custody.audit()


def test_the_mails_of_a_filer_that_was_killed_are_due_at_once(custody: Custody, filer: Filer) -> None:
    inbound_id = custody.keep("Parcel")
    with custody.app.app_context():
        claim_mails(f"{filer.host}:999999999:dead", 10)
        db.session.commit()
    filer.do_round()
    custody.hurry()
    filer.do_round()
    assert custody.became(inbound_id)[0] == "done"


def test_a_filer_that_stops_hands_back_what_it_has_not_filed(custody: Custody) -> None:
    slow = custody.keep("sleep")
    room = ReadingRoom("tests.hostile_readers:read", Allowance(wall_seconds=600))
    filer = Filer(custody.app, room)
    filer.do_round()
    began = time.monotonic()
    filer.stop()
    assert time.monotonic() - began < 300, "it waited until the mail was given up"
    assert custody.became(slow) == ("accepted", 0, None, None)


def test_a_mail_for_an_address_without_a_mailbox_can_be_seen(custody: Custody, filer: Filer) -> None:
    nowhere = custody.keep("To the postmaster")
    custody.run("UPDATE inbound_delivery SET mailbox_id = NULL")
    custody.work_off(filer)
    assert custody.became(nowhere) == ("done", 1, "held", "D0")
    custody.audit()
