"""The filer: leases, fences, and what becomes of a mail that fails; many filers, every mail once."""

import logging
import threading
from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from mailgate import filer as filing
from mailgate.filer import TRIES, Bell, Filer, passes
from mailgate.inbound import Inbound
from mailgate.pipeline import LeaseLost
from mailgate.reading_room import ReadingRoom
from mailgate.safe_reading import read_safely
from models.actions.custody import claim_mails
from models.custody import InboundMessage
from models.database import db
from models.message import Attachment
from tests.cast import DORA, Desk, Writer, mail_from
from tests.waiting import wait_until


class Defect(Exception):
    """Something in our own code that is wrong every time."""


def broken(raw: bytes, mail_from: str) -> Inbound:
    raise Defect("the reader cannot read this")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Failures are what these tests are about; their traces are not."""
    caplog.set_level(logging.CRITICAL, logger=filing.__name__)


def row(desk: Desk, inbound_id: UUID) -> InboundMessage:
    desk.looks_again()
    return db.session.get_one(InboundMessage, inbound_id)


def due_again(inbound_id: UUID) -> None:
    """Let the pause before the next try pass."""
    now = select(InboundMessage.received_at).where(InboundMessage.id == inbound_id).scalar_subquery()
    db.session.execute(update(InboundMessage).where(InboundMessage.id == inbound_id).values(next_attempt_at=now))
    db.session.commit()


def lease_ends(inbound_id: UUID) -> None:
    now = select(InboundMessage.received_at).where(InboundMessage.id == inbound_id).scalar_subquery()
    db.session.execute(update(InboundMessage).where(InboundMessage.id == inbound_id).values(lease_until=now))
    db.session.commit()


def work_off(filer: Filer) -> None:
    """Let a filer do all there is, then send it home."""
    while filer.do_round():
        pass
    filer.stop()


# The ordinary day


def test_a_kept_mail_is_filed(desk: Desk) -> None:
    inbound_id = desk.keeps(mail_from(DORA))
    work_off(desk.filer())
    mail = row(desk, inbound_id)
    assert (mail.state, mail.attempts, mail.lease_owner, mail.last_error) == ("done", 1, None, None)
    assert mail.filed_at is not None
    assert desk.ledger().balanced and len(desk.tickets()) == 1


def test_with_nothing_to_do_a_round_says_so(desk: Desk) -> None:
    filer = desk.filer()
    assert filer.do_round() is False
    filer.stop()


def test_a_mail_and_its_answer_filed_together_are_one_conversation(desk: Desk) -> None:
    desk.keeps(mail_from(DORA, message_id="one@example.net"))
    desk.keeps(mail_from(DORA, message_id="two@example.net", answers="one@example.net"))
    work_off(desk.filer())
    [ticket] = desk.tickets()
    assert ticket.message_count == 2


def test_copies_filed_together_are_one_mail(desk: Desk) -> None:
    raw = mail_from(DORA)
    for number in range(3):
        desk.keeps(f"Received: from mx{number}\r\n".encode() + raw)
    work_off(desk.filer())
    assert desk.ledger().by_decision == {"new_ticket": 1, "duplicate": 2}


# Leases


def test_two_filers_never_lease_the_same_mail(desk: Desk) -> None:
    inbound_id = desk.keeps(mail_from(DORA))
    assert [mail.id for mail in claim_mails("one", 10)] == [inbound_id]
    db.session.commit()
    assert claim_mails("another", 10) == []


def test_a_filer_that_hangs_in_the_middle_of_leasing_holds_up_no_other(desk: Desk) -> None:
    held, free = desk.keeps(mail_from(DORA)), desk.keeps(mail_from(DORA))
    with psycopg.connect(desk.settings.database_url) as other:
        other.execute("SELECT FROM inbound_message WHERE id = %s FOR UPDATE", [held])
        assert [mail.id for mail in claim_mails("one", 10)] == [free]
        db.session.rollback()


def test_the_mail_of_a_filer_that_died_is_taken_over(desk: Desk) -> None:
    inbound_id = desk.keeps(mail_from(DORA))
    claim_mails("the late one", 10)
    db.session.commit()
    work_off(desk.filer())
    assert row(desk, inbound_id).state == "processing"
    lease_ends(inbound_id)
    work_off(desk.filer())
    mail = row(desk, inbound_id)
    assert (mail.state, mail.attempts) == ("done", 2)


def test_a_filer_that_slept_past_its_lease_commits_nothing(desk: Desk) -> None:
    """It reads its mail, falls asleep, and wakes when another has filed it."""
    inbound_id = desk.keeps(mail_from(DORA))
    asleep, awake = threading.Event(), threading.Event()

    def read_sleepily(raw: bytes, mail_from: str) -> Inbound:
        asleep.set()
        assert awake.wait(30)
        return read_safely(raw, mail_from)

    sleeper = desk.filer(read_sleepily)
    thread = threading.Thread(target=work_off, args=(sleeper,))
    thread.start()
    assert asleep.wait(30)
    lease_ends(inbound_id)
    work_off(desk.filer())
    assert row(desk, inbound_id).state == "done"
    awake.set()
    thread.join(30)
    [ticket] = desk.tickets()
    assert ticket.message_count == 1
    assert desk.ledger().balanced


def test_the_fence_holds_in_the_transaction_itself(desk: Desk) -> None:
    inbound_id = desk.keeps(mail_from(DORA))
    with pytest.raises(LeaseLost):
        desk.files(inbound_id, read=lose_the_lease(desk, inbound_id))
    assert desk.tickets() == []
    assert row(desk, inbound_id).lease_owner == "somebody else"


def lose_the_lease(desk: Desk, inbound_id: UUID) -> Callable[[bytes, str], Inbound]:
    def read(raw: bytes, mail_from: str) -> Inbound:
        with psycopg.connect(desk.settings.database_url) as other:
            other.execute("UPDATE inbound_message SET lease_owner = 'somebody else' WHERE id = %s", [inbound_id])
        return read_safely(raw, mail_from)

    return read


def test_one_lost_lease_spoils_it_for_no_other_mail_of_the_round(desk: Desk) -> None:
    lost, kept = desk.keeps(mail_from(DORA)), desk.keeps(mail_from(DORA))

    def read(raw: bytes, mail_from: str) -> Inbound:
        with psycopg.connect(desk.settings.database_url) as other:
            other.execute("UPDATE inbound_message SET lease_owner = 'somebody else' WHERE id = %s", [lost])
        return read_safely(raw, mail_from)

    work_off(desk.filer(read))
    assert (row(desk, lost).state, row(desk, kept).state) == ("processing", "done")
    assert len(desk.tickets()) == 1


# Failures


def test_trouble_that_passes_costs_no_try(desk: Desk) -> None:
    inbound_id = desk.keeps(mail_from(DORA))
    for _ in range(TRIES + 3):
        work_off(desk.filer(disk_is_away))
        mail = row(desk, inbound_id)
        assert (mail.state, mail.attempts, mail.error_class) == ("retry", 0, "OSError")
        due_again(inbound_id)
    work_off(desk.filer())
    mail = row(desk, inbound_id)
    assert (mail.state, mail.last_error) == ("done", None)
    assert desk.ledger().balanced


def disk_is_away(raw: bytes, mail_from: str) -> Inbound:
    raise OSError("the disk is away")


def test_a_mail_that_has_failed_is_not_tried_at_once_again(desk: Desk) -> None:
    inbound_id = desk.keeps(mail_from(DORA))
    work_off(desk.filer(broken))
    work_off(desk.filer(broken))
    assert row(desk, inbound_id).attempts == 1


def test_a_mail_that_breaks_its_reader_three_times_becomes_a_ticket_all_the_same(desk: Desk) -> None:
    raw = mail_from(DORA, subject="Breaks the reader")
    inbound_id = desk.keeps(raw)
    for attempt in range(1, TRIES + 1):
        work_off(desk.filer(broken))
        mail = row(desk, inbound_id)
        assert (mail.state, mail.attempts, mail.error_class) == ("retry", attempt, "Defect")
        assert mail.last_error == "the reader cannot read this"
        due_again(inbound_id)
    work_off(desk.filer(broken))
    [became] = desk.became(inbound_id)
    assert (became.state, became.decision, became.rule) == ("done", "new_ticket", "D6")
    ticket = desk.ticket(became.ticket_id)
    assert (ticket.subject, desk.person(DORA).id) == ("Breaks the reader", ticket.customer_id)
    [original] = db.session.scalars(select(Attachment).where(Attachment.message_id == became.message_id))
    assert original.filename == "original.eml" and original.size == len(raw)
    assert desk.ledger().balanced


def test_only_when_the_skeleton_breaks_too_is_a_mail_given_up_and_the_ledger_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "skeleton_of", broken)  # the last resort takes no argument: there is none behind it
    inbound_id = desk.keeps(mail_from(DORA))
    for _ in range(TRIES + 1):
        work_off(desk.filer(broken))
        due_again(inbound_id)
    mail = row(desk, inbound_id)
    assert (mail.state, mail.attempts, mail.error_class) == ("dead", TRIES + 1, "Defect")
    assert mail.raw is not None  # kept, byte for byte, to be run again
    sums = desk.ledger()
    assert sums.dead == 1 and not sums.balanced
    work_off(desk.filer())
    assert row(desk, inbound_id).state == "dead"


def test_one_bad_mail_spoils_it_for_no_other(desk: Desk) -> None:
    def read(raw: bytes, mail_from: str) -> Inbound:
        return broken(raw, mail_from) if b"Subject: bad" in raw else read_safely(raw, mail_from)

    good = [desk.keeps(mail_from(DORA, subject=f"good {number}")) for number in range(3)]
    bad = desk.keeps(mail_from(DORA, subject="bad"))
    work_off(desk.filer(read))
    assert {row(desk, each).state for each in good} == {"done"}
    assert row(desk, bad).state == "retry"


def test_what_the_database_refuses_for_good_is_told_from_what_it_refuses_for_now() -> None:
    def refused(orig: Exception) -> OperationalError:
        return OperationalError("INSERT", {}, orig)

    assert passes(refused(psycopg.OperationalError("server closed the connection")))
    assert passes(refused(psycopg.errors.DeadlockDetected())) and passes(refused(psycopg.errors.LockNotAvailable()))
    assert passes(OSError("disk full"))
    assert not passes(refused(psycopg.errors.ProgramLimitExceeded("index row too large")))
    assert not passes(Defect("always"))


# Stopping


def test_told_to_stop_it_finishes_what_is_read_and_hands_back_the_rest(desk: Desk) -> None:
    """As after SIGTERM: nothing stays leased, nothing has lost a try, and the next filer takes it at once."""
    asleep, awake = threading.Event(), threading.Event()

    def read_sleepily(raw: bytes, mail_from: str) -> Inbound:
        if b"slow" in raw:
            asleep.set()
            awake.wait(30)
        return read_safely(raw, mail_from)

    quick, slow = desk.keeps(mail_from(DORA, subject="quick")), desk.keeps(mail_from(DORA, subject="slow"))
    filer = desk.filer(read_sleepily)
    thread = threading.Thread(target=filer.work, args=(lambda: None,))
    thread.start()
    assert asleep.wait(30)
    wait_until(lambda: row(desk, quick).state == "done")
    filer.stopping.set()
    awake.set()
    thread.join(30)
    assert not thread.is_alive()
    mail = row(desk, slow)
    if mail.state != "done":  # it was read in the very moment of stopping, or it was not
        assert (mail.state, mail.attempts, mail.lease_owner) == ("accepted", 0, None)
    work_off(desk.filer())
    assert row(desk, slow).state == "done"
    assert desk.ledger().balanced and len(desk.tickets()) == 2


# Many


def test_filers_side_by_side_share_two_hundred_mails_without_a_double(desk: Desk) -> None:
    ids = [desk.keeps(mail_from(Writer("W", f"w@{number % 20}.example.net"), subject=f"Mail {number}")) for number in range(200)]
    filers = [desk.filer() for _ in range(3)]
    threads = [threading.Thread(target=work_off, args=(each,)) for each in filers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert {row(desk, each).state for each in ids} == {"done"}
    assert sorted(ticket.subject for ticket in desk.tickets()) == sorted(f"Mail {number}" for number in range(200))
    assert {ticket.message_count for ticket in desk.tickets()} == {1}
    assert desk.ledger().balanced


# The bell and the room


def test_the_bell_rings_when_a_mail_is_kept(desk: Desk) -> None:
    bell, heard = Bell(str(desk.settings.database_url)), threading.Event()
    bell.wait(0.01)  # from here on it listens

    def listen() -> None:
        bell.wait(30)
        heard.set()

    threading.Thread(target=listen, daemon=True).start()
    desk.keeps(mail_from(DORA))
    assert heard.wait(60)


def test_without_a_database_the_bell_only_waits() -> None:
    Bell("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1").wait(0.01)


def test_a_filer_with_the_real_reading_room_files_what_it_reads(desk: Desk) -> None:
    room = ReadingRoom()
    room.open()
    inbound_id = desk.keeps(mail_from(DORA, html="<p>Hello <script>x</script></p>"))
    work_off(Filer(desk.app, room))
    [became] = desk.became(inbound_id)
    assert became.decision == "new_ticket"
    assert "script" not in desk.message(became.message_id).body_html
