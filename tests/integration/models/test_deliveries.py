"""What people do about mail in the outbox."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from models.actions.alarms import look_after_custody
from models.actions.deliveries import cancel_mail, pause_mailbox, send_test, send_to_another, try_again
from models.actions.forgetting import forget_sent_bytes
from models.actions.outbox import (
    about_to_send_dot,
    claim_mail,
    freeze_mime,
    mark_sent,
    mark_uncertain,
    warn_of_late_mail,
)
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.events import DeliveryChanged, MailQueued
from models.outbox import Outbox
from models.queries.custody import open_alarms
from models.queries.outbox import FILTERS, mail_out_seen_by, mails_out, outbox_sums
from models.ticket import Participant
from tests.cast import BILLING, DORA, Desk, mail_from


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    became = desk.takes_in(mail_from(DORA))
    assert became.ticket_id is not None
    return became.ticket_id


@pytest.fixture
def mail(desk: Desk, ticket_id: int) -> Outbox:
    """A reply that waits to be sent."""
    desk.replies(ticket_id)
    desk.happened()
    return desk.mails_out(ticket_id)[0]


def is_now(row: Outbox, state: str, **more: object) -> None:
    values = ", ".join(f"{name} = :{name}" for name in ("state", *more))
    db.session.execute(text(f"UPDATE outbox SET {values} WHERE id = :id"), {"id": row.id, "state": state, **more})
    db.session.commit()


def test_a_mail_that_is_stopped_is_not_sent(desk: Desk, mail: Outbox) -> None:
    cancel_mail(mail.id, desk.ada)
    db.session.commit()
    assert claim_mail("worker") is None
    assert desk.mails_out(mail.ticket_id)[0].state == "cancelled"
    [line] = desk.timeline(mail.ticket_id, "delivery_cancelled")
    assert (line.actor_name, line.data["rcpt"]) == ("Ada", DORA.address)
    assert [type(event) for event in desk.happened()] == [DeliveryChanged]


@pytest.mark.parametrize("state", ["leased", "dot"])
def test_a_mail_that_is_being_sent_is_nobodys_to_change(desk: Desk, mail: Outbox, state: str) -> None:
    is_now(mail, state)
    for act in (cancel_mail, try_again):
        with pytest.raises(Conflict, match="this very moment"):
            act(mail.id, desk.ada)
        db.session.rollback()


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled"])
def test_what_has_ended_cannot_be_stopped(desk: Desk, mail: Outbox, state: str) -> None:
    is_now(mail, state)
    with pytest.raises(Conflict):
        cancel_mail(mail.id, desk.ada)


@pytest.mark.parametrize("state", ["retry", "failed", "uncertain", "cancelled"])
def test_a_reply_is_tried_again_at_once_with_the_bytes_it_had(desk: Desk, mail: Outbox, state: str) -> None:
    is_now(mail, state, attempts=7, mime=b"frozen", give_up_at="2026-01-01")
    try_again(mail.id, desk.ada)
    db.session.commit()
    assert MailQueued in [type(event) for event in desk.happened()]
    assert claim_mail("worker") is not None
    db.session.commit()
    row = desk.mails_out(mail.ticket_id)[0]
    assert (row.attempts, row.mime) == (1, b"frozen")
    assert (row.give_up_at - row.created_at).total_seconds() > 4 * 86_400


def test_a_reply_that_was_in_doubt_and_is_sent_again_says_that_it_may_have_come_twice(desk: Desk, mail: Outbox) -> None:
    lease = claim_mail("worker")
    assert lease is not None
    about_to_send_dot(lease)
    mark_uncertain(lease, "gone")
    try_again(mail.id, desk.ada)
    lease = claim_mail("worker")
    assert lease is not None
    about_to_send_dot(lease)
    mark_sent(lease, 250, "ok")
    db.session.commit()
    assert len(desk.timeline(mail.ticket_id, "delivery_doubled")) == 1


@pytest.mark.parametrize("state", ["failed", "uncertain", "cancelled"])
def test_a_machines_mail_is_not_sent_twice_even_by_hand(desk: Desk, mail: Outbox, state: str) -> None:
    is_now(mail, state, automatic=True)
    with pytest.raises(Conflict, match="not sent again"):
        try_again(mail.id, desk.ada)


def test_a_corrected_address_takes_the_place_of_the_wrong_one(desk: Desk, ticket_id: int, mail: Outbox) -> None:
    is_now(mail, "failed")
    again = send_to_another(mail.id, "Dora.Hall@Example.net", desk.ada, desk.keys)
    db.session.commit()
    old, new = desk.mails_out(ticket_id)
    assert (old.state, new.state, new.rcpt) == ("cancelled", "queued", "dora.hall@example.net")
    assert new.id == again.id and new.rfc_message_id != old.rfc_message_id
    people = db.session.query(Participant).order_by(Participant.id).all()
    assert [(each.address, each.role, each.left_at is None) for each in people] == [
        (DORA.address, "cc", False),
        ("dora.hall@example.net", "requester", True),
    ]
    desk.replies(ticket_id, "and one more thing")
    assert [row.rcpt for row in desk.mails_out(ticket_id)][2:] == ["dora.hall@example.net"]


@pytest.mark.parametrize("address", [DORA.address, BILLING, "support+tag@example.com", "no address", "a@b, c@d.example"])
def test_not_every_address_can_take_the_place(desk: Desk, mail: Outbox, address: str) -> None:
    is_now(mail, "failed")
    with pytest.raises(Invalid):
        send_to_another(mail.id, address, desk.ada, desk.keys)


def test_a_mail_that_went_out_is_not_redirected(desk: Desk, mail: Outbox) -> None:
    is_now(mail, "sent")
    with pytest.raises(Conflict):
        send_to_another(mail.id, "other@example.net", desk.ada, desk.keys)


def test_a_customer_has_no_business_here(desk: Desk, mail: Outbox) -> None:
    dora = desk.customer(DORA)
    with pytest.raises(Forbidden):
        cancel_mail(mail.id, dora)
    with pytest.raises(Forbidden):
        try_again(mail.id, dora)
    with pytest.raises(Forbidden):
        send_to_another(mail.id, "eve@example.org", dora, desk.keys)
    for act in (lambda: pause_mailbox(desk.support, desk.ada, paused=True), lambda: send_test(desk.support, "a@b.example", desk.ada, desk.keys)):
        with pytest.raises(Forbidden):
            act()


def test_there_is_no_such_mail(desk: Desk) -> None:
    with pytest.raises(NotFound):
        cancel_mail(uuid4(), desk.ada)


def test_the_mail_of_a_paused_mailbox_waits_and_goes_on(desk: Desk, mail: Outbox) -> None:
    pause_mailbox(desk.support, desk.cleo, paused=True)
    assert claim_mail("worker") is None
    pause_mailbox(desk.support, desk.cleo, paused=False)
    assert claim_mail("worker") is not None


def test_another_mailbox_is_not_paused_with_it(desk: Desk, mail: Outbox) -> None:
    pause_mailbox(desk.billing, desk.cleo, paused=True)
    assert claim_mail("worker") is not None


def test_a_test_mail_belongs_to_no_ticket(desk: Desk) -> None:
    row = send_test(desk.support, "cleo@desk.example", desk.cleo, desk.keys)
    db.session.commit()
    assert (row.ticket_id, row.automatic, row.state) == (None, True, "queued")
    lease = claim_mail("worker")
    assert lease is not None
    freeze_mime(lease, b"x")
    about_to_send_dot(lease)
    mark_sent(lease, 250, "ok")
    db.session.commit()
    assert row.state == "sent"


def seen_by(desk: Desk, name: str, outbox_id: UUID, visibility: str = "assigned") -> Outbox:
    return mail_out_seen_by(desk.person(getattr(desk, name)), visibility, outbox_id)  # type: ignore[arg-type]


def test_an_agent_sees_the_mail_of_the_tickets_he_sees(desk: Desk, ticket_id: int, mail: Outbox) -> None:
    with pytest.raises(NotFound):
        seen_by(desk, "ada", mail.id)
    assert seen_by(desk, "ada", mail.id, "all").id == mail.id
    assert seen_by(desk, "cleo", mail.id).id == mail.id
    desk.assigns(ticket_id, desk.ada)
    assert seen_by(desk, "ada", mail.id).id == mail.id


def test_only_an_administrator_sees_what_has_no_ticket(desk: Desk) -> None:
    row = send_test(desk.support, "cleo@desk.example", desk.cleo, desk.keys)
    db.session.commit()
    assert seen_by(desk, "cleo", row.id).id == row.id
    with pytest.raises(NotFound):
        seen_by(desk, "ada", row.id, "all")


def test_the_sums_and_the_lists_agree(desk: Desk, ticket_id: int) -> None:
    states = ["queued", "retry", "sent", "failed", "failed", "uncertain", "cancelled", "dot"]
    for number, state in enumerate(states):
        desk.replies(ticket_id, f"answer {number}")
        is_now(desk.mails_out(ticket_id)[-1], state)
    sums = outbox_sums()
    assert sums == {"waiting": 3, "failed": 2, "uncertain": 1, "restored": 0, "cancelled": 1, "sent": 1, "all": 8}
    assert {name: len(mails_out(name)) for name in FILTERS} == sums
    assert len(mails_out("all", mailbox_id=desk.billing)) == 0
    assert len(mails_out("all", words="DORA@")) == 8 and mails_out("all", words="%") == []


def test_mail_that_does_not_go_out_raises_an_alarm_which_ends_when_it_does(desk: Desk, mail: Outbox) -> None:
    look_after_custody()
    assert open_alarms() == []
    desk.time_passes("outbox", "6 minutes", "created_at", "next_attempt_at")
    look_after_custody()
    [alarm] = open_alarms()
    assert alarm.kind == "unsent" and "1 mail(s) do not go out" in alarm.sentence
    is_now(mail, "sent")
    look_after_custody()
    assert open_alarms() == []


def test_mail_that_waits_because_its_mailbox_is_paused_is_no_alarm(desk: Desk, mail: Outbox) -> None:
    pause_mailbox(desk.support, desk.cleo, paused=True)
    desk.time_passes("outbox", "6 minutes", "created_at", "next_attempt_at")
    look_after_custody()
    assert open_alarms() == []


def test_a_reply_that_nobody_has_tried_for_four_hours_is_told_once(desk: Desk, mail: Outbox) -> None:
    assert warn_of_late_mail() == 0
    desk.time_passes("outbox", "4 hours", "created_at", "next_attempt_at")
    assert warn_of_late_mail() == 1 and warn_of_late_mail() == 0
    db.session.commit()
    [line] = desk.timeline(mail.ticket_id, "delivery_late")
    assert line.is_internal


def test_the_bytes_of_what_was_sent_are_kept_for_two_weeks(desk: Desk, ticket_id: int, mail: Outbox) -> None:
    for state in ("sent", "failed", "retry", "cancelled"):
        desk.replies(ticket_id, state)
        is_now(desk.mails_out(ticket_id)[-1], state, mime=b"bytes")
    db.session.execute(text("UPDATE outbox SET sent_at = clock_timestamp() WHERE state = 'sent'"))
    desk.time_passes("outbox", "13 days", "created_at", "sent_at")
    assert forget_sent_bytes() == 0
    desk.time_passes("outbox", "1 day", "created_at", "sent_at")
    assert forget_sent_bytes() == 2 and forget_sent_bytes() == 0
    db.session.commit()
    assert {row.state for row in desk.mails_out(ticket_id) if row.mime} == {"failed", "retry"}
