"""Notices: what is internal goes to the assigned agent alone, what is public to customer and agent, nothing to its author."""

import pytest
from sqlalchemy import func, update

from mailgate.identity.verdict import Level
from models.database import db
from models.people import User
from tests.cast import DORA, Desk, mail_from
from tests.post import Delivered, automatic, queued, sender_is, sends, sets_mailbox

NOTE = "canary-of-a-note"
ADA, BEN = "ada@desk.example", "ben@desk.example"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.judge_sender = sender_is(Level.A3)
    return desk


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    """A ticket of Dora's, acknowledged, assigned to Ada by Cleo; all mails about that are gone."""
    ticket_id = desk.takes_in(mail_from(DORA, html="<p>It <b>should</b> have come.</p>", message_id="first@example.net")).ticket_id
    assert ticket_id is not None
    desk.assigns(ticket_id, desk.ada)
    sends(desk)
    return ticket_id


def to(mails: list[Delivered]) -> list[str]:
    return [mail.rcpt for mail in mails]


def prefers(desk: Desk, agent_id: int | None, notices: str, seen: str = "") -> None:
    at = func.clock_timestamp() - db.text(f"interval '{seen}'") if seen else None
    db.session.execute(update(User).where(User.id == agent_id).values(notices=notices, seen_at=at))
    db.session.commit()


def test_an_internal_note_reaches_the_assigned_agent_and_nobody_else(desk: Desk, ticket_id: int) -> None:
    desk.notes(ticket_id, NOTE, by=desk.ben)
    [notice] = sends(desk)
    assert notice.rcpt == ADA and NOTE in notice.text and "Ben left a note" in notice.text
    assert notice.mail["Auto-Submitted"] == "auto-generated" and notice.mail["X-Auto-Response-Suppress"] == "All"


def test_nothing_about_a_note_reaches_the_customer_by_any_later_mail(desk: Desk, ticket_id: int) -> None:
    desk.notes(ticket_id, NOTE, by=desk.ben)
    note_notice = sends(desk)[0].message_id
    desk.replies(ticket_id, "It is on its way.")
    desk.takes_in(mail_from(DORA, answers="first@example.net", body="Thanks!"))
    desk.replies(ticket_id, "Gladly.", by=desk.ben)
    desk.sets(ticket_id, "RESOLVED", by=desk.ada)
    mails = sends(desk)
    assert DORA.address in to(mails)
    for mail in mails:
        if mail.rcpt == DORA.address:
            assert NOTE not in mail.raw.decode() and note_notice not in mail.raw.decode()
            assert "note" not in mail.text.lower()


def test_the_writer_of_a_note_or_a_reply_is_not_told_of_it(desk: Desk, ticket_id: int) -> None:
    desk.notes(ticket_id, NOTE, by=desk.ada)
    desk.replies(ticket_id, by=desk.ada)
    assert to(sends(desk)) == [DORA.address]


def test_a_colleagues_reply_is_mailed_to_the_customer_once_and_told_to_the_agent(desk: Desk, ticket_id: int) -> None:
    desk.replies(ticket_id, "It is on its way.", by=desk.ben)
    mails = sends(desk)
    assert sorted(to(mails)) == [ADA, DORA.address]
    assert [mail.is_automatic for mail in mails if mail.rcpt == DORA.address] == [False]


def test_a_customers_mail_is_told_to_the_assigned_agent_in_a_few_plain_words(desk: Desk, ticket_id: int) -> None:
    desk.takes_in(
        mail_from(DORA, answers="first@example.net", body="word " * 300, html="<img src='https://evil.example/x.png'>" + "word " * 300, files={"a.exe": b"MZ"})
    )
    [notice] = sends(desk)
    assert notice.rcpt == ADA
    quoted = next(line for line in notice.text.splitlines() if line.startswith("> "))
    assert quoted.startswith("> word word") and quoted.endswith("…") and len(quoted) <= 302
    assert "evil.example" not in notice.raw.decode() and not list(notice.mail.iter_attachments())
    assert f"http://127.0.0.1:8000/tickets/{ticket_id}/" in notice.text
    assert "<img" not in notice.html and "Dora Hall" in notice.html


def test_markup_in_a_mail_is_plain_text_in_a_notice(desk: Desk, ticket_id: int) -> None:
    desk.takes_in(mail_from(DORA, answers="first@example.net", body="<script>alert(1)</script> {{ 7 * 7 }}"))
    [notice] = sends(desk)
    assert "<script>" not in notice.html and "&lt;script&gt;" in notice.html
    assert "{{ 7 * 7 }}" in notice.text


def test_nobody_is_told_of_a_mail_on_a_ticket_that_nobody_holds(desk: Desk) -> None:
    desk.takes_in(mail_from(DORA, message_id="first@example.net"))
    sends(desk)
    desk.takes_in(mail_from(DORA, answers="first@example.net", body="Hello?"))
    assert sends(desk) == []


def test_a_held_mail_is_told_to_nobody(desk: Desk, ticket_id: int) -> None:
    became = desk.takes_in(mail_from(DORA, answers="first@example.net", headers={"Auto-Submitted": "auto-replied"}))
    assert became.decision == "auto_reply"
    assert sends(desk) == []


def test_whoever_is_given_a_ticket_by_others_hears_of_it(desk: Desk, ticket_id: int) -> None:
    desk.assigns(ticket_id, desk.ben, by=desk.ada)
    [notice] = sends(desk)
    assert notice.rcpt == BEN and "is yours now (by Ada)" in notice.text
    desk.assigns(ticket_id, desk.ada, by=desk.ada)
    assert sends(desk) == []


def test_a_customer_hears_that_it_is_resolved_and_of_no_other_status(desk: Desk, ticket_id: int) -> None:
    for status in ("IN_PROGRESS", "WAITING_ON_CUSTOMER"):
        desk.sets(ticket_id, status, by=desk.ada)
    assert sends(desk) == []
    desk.sets(ticket_id, "RESOLVED", by=desk.ada)
    [notice] = sends(desk)
    ref = desk.ticket(ticket_id).ref
    assert notice.rcpt == DORA.address and notice.mail["Subject"] == f"Re: Where is my parcel? [#{ref}]"
    assert f"Your request {ref} is resolved." in notice.text
    assert notice.mail["Auto-Submitted"] == "auto-generated"
    desk.sets(ticket_id, "CLOSED", by=desk.ada)
    assert sends(desk) == []


def test_an_answer_to_that_notice_takes_the_ticket_up_again(desk: Desk, ticket_id: int) -> None:
    desk.sets(ticket_id, "RESOLVED", by=desk.ada)
    [notice] = sends(desk)
    answer = desk.takes_in(mail_from(DORA, answers=notice.message_id, body="It is still broken."))
    assert answer.ticket_id == ticket_id and desk.ticket(ticket_id).status == "IN_PROGRESS"


def test_a_reply_that_resolves_is_the_only_mail_about_it(desk: Desk, ticket_id: int) -> None:
    desk.replies(ticket_id, "Done.", by=desk.ada, set_status="RESOLVED")
    assert [mail.is_automatic for mail in sends(desk)] == [False]


def test_a_customer_who_resolves_his_own_ticket_is_not_told_and_his_agent_is(desk: Desk, ticket_id: int) -> None:
    desk.sets(ticket_id, "RESOLVED", by=desk.customer(DORA))
    [notice] = sends(desk)
    assert notice.rcpt == ADA and "Dora Hall set" in notice.text and "to resolved" in notice.text


def test_a_mailbox_may_tell_of_nothing(desk: Desk, ticket_id: int) -> None:
    sets_mailbox(desk, told_statuses=[])
    desk.sets(ticket_id, "RESOLVED", by=desk.ada)
    assert sends(desk) == []


@pytest.mark.parametrize("answered", [True, False])
def test_an_unverified_customer_hears_only_after_a_person_has_answered_and_nothing_of_his_own_words(desk: Desk, answered: bool) -> None:
    desk.judge_sender = sender_is(Level.A1)
    ticket_id = desk.takes_in(mail_from(DORA, subject="canary-in-subject")).ticket_id
    if answered:
        desk.replies(ticket_id, "Hello.")
        sends(desk)
    desk.sets(ticket_id, "RESOLVED", by=desk.ada)
    mails = sends(desk)
    assert len(mails) == answered
    assert all("canary-in-subject" not in mail.raw.decode() and "Dora Hall" not in mail.raw.decode() for mail in mails)


def test_what_a_machine_opened_is_resolved_in_silence(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(DORA, headers={"Auto-Submitted": "auto-generated"})).ticket_id
    desk.sets(ticket_id, "RESOLVED", by=desk.ada)
    assert sends(desk) == []


@pytest.mark.parametrize(
    ("notices", "seen", "told"),
    [
        ("away", "", True),
        ("away", "1 hour", True),
        ("away", "1 minute", False),
        ("always", "1 minute", True),
        ("never", "1 hour", False),
    ],
)
def test_an_agent_chooses_when_he_is_told(desk: Desk, ticket_id: int, notices: str, seen: str, told: bool) -> None:
    prefers(desk, desk.ada.id, notices, seen)
    desk.notes(ticket_id, by=desk.ben)
    assert bool(sends(desk)) is told


def test_whoever_left_the_team_or_has_no_address_is_told_nothing(desk: Desk, ticket_id: int) -> None:
    desk.person(desk.ada).is_active = False
    db.session.commit()
    desk.notes(ticket_id, by=desk.ben)
    desk.assigns(ticket_id, desk.ben)
    desk.person(desk.ben).email = None
    db.session.commit()
    sends(desk)
    desk.notes(ticket_id, by=desk.cleo)
    assert sends(desk) == []


def test_ten_notices_a_day_about_one_ticket_are_enough(desk: Desk, ticket_id: int) -> None:
    for number in range(12):
        desk.notes(ticket_id, f"note {number}", by=desk.ben)
    assert len(automatic(desk)) == 10


def test_notices_about_one_ticket_are_one_thread_for_their_reader(desk: Desk, ticket_id: int) -> None:
    for number in range(2):
        desk.notes(ticket_id, f"note {number}", by=desk.ben)
    first, second = sends(desk)
    assert second.mail["In-Reply-To"] == first.mail["Message-ID"]


def test_a_notice_that_was_in_doubt_is_never_sent_again(desk: Desk, ticket_id: int) -> None:
    desk.notes(ticket_id, by=desk.ben)
    [row] = [each for each in automatic(desk) if each.kind == "agent_note"]
    row.state, row.lease_until = "dot", func.clock_timestamp() - db.text("interval '1 hour'")
    db.session.commit()
    assert sends(desk) == []
    desk.time_passes("outbox", "2 hours", "next_attempt_at")
    assert sends(desk) == []


def test_notices_are_no_deliveries_of_the_message_they_tell_of(desk: Desk, ticket_id: int) -> None:
    message = desk.replies(ticket_id, by=desk.ben)
    assert sorted(row.rcpt for row in queued(desk) if row.message_id == message.id) == [ADA, DORA.address]
    db.session.refresh(message, ["deliveries"])
    assert [row.rcpt for row in message.deliveries] == [DORA.address]


def test_a_notice_that_waited_is_not_sent_to_whoever_holds_the_ticket_no_more(desk: Desk, ticket_id: int) -> None:
    desk.notes(ticket_id, NOTE, by=desk.ben)
    desk.assigns(ticket_id, None)
    assert sends(desk) == []
    [row] = [each for each in automatic(desk) if each.kind == "agent_note"]
    assert row.state == "cancelled" and "not this agent's any more" in row.last_text
