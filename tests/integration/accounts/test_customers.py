"""What customers do in the portal: ask, answer, resolve, reopen; once, and on what is theirs."""

import pytest
from sqlalchemy import func, select

from models.actions import customers
from models.actions.messages import StoredFile
from models.actions.registering import register
from models.database import db
from models.errors import Conflict, Forbidden, IllegalMove, Invalid
from models.message import Attachment, Message
from models.people import User
from models.ticket import Participant, Status, Ticket
from tests.cast import DORA, EVE, PASSWORD, Desk, mail_from
from tests.integration.accounts.conftest import verifies


@pytest.fixture
def dora(desk: Desk) -> User:
    user = register("dora", PASSWORD, email=DORA.address, verification_token=verifies(desk, DORA.address))
    db.session.commit()
    return user


def test_a_request_is_a_ticket_with_its_first_message(desk: Desk, dora: User) -> None:
    ticket = customers.ask(dora, "The kettle hums", "Is that right?", files=[StoredFile("0" * 64, "hum.mp3", "audio/mpeg", 5)])
    db.session.commit()
    [message] = desk.messages_on(ticket.id)
    assert (message.body, message.direction, message.source) == ("Is that right?", "in", "web")
    assert db.session.scalar(select(Attachment.filename).where(Attachment.message_id == message.id)) == "hum.mp3"
    assert desk.ticket(ticket.id).mailbox_id == desk.support
    assert desk.replies(ticket.id, "It is.").id and desk.mails_out(ticket.id)[0].rcpt == DORA.address


def test_somebody_without_an_address_asks_and_is_answered_in_the_portal(desk: Desk) -> None:
    user = register("nameless", PASSWORD)
    ticket = customers.ask(user, "The kettle hums", "Is that right?")
    db.session.commit()
    assert db.session.scalar(select(func.count(Participant.id))) == 0
    desk.replies(ticket.id, "It is.")
    assert desk.mails_out(ticket.id) == []


def test_the_same_key_asks_once_and_answers_once(desk: Desk, dora: User) -> None:
    first, again = (customers.ask(dora, "The kettle", "hums", idempotency_key="k1") for _ in range(2))
    assert first.id == again.id
    said, repeated = (customers.answer(first.id, dora, "still", idempotency_key="k2") for _ in range(2))
    assert said.id == repeated.id
    with pytest.raises(Conflict):
        customers.answer(customers.ask(dora, "Other", "words").id, dora, "still", idempotency_key="k2")


@pytest.mark.parametrize(("subject", "words", "priority"), [("", "x", "LOW"), ("x", " ", "LOW"), ("x", "x", "NOW")])
def test_an_empty_request_is_none(desk: Desk, dora: User, subject: str, words: str, priority: str) -> None:
    with pytest.raises(Invalid):
        customers.ask(dora, subject, words, priority=priority)


def test_an_answer_brings_a_waiting_ticket_back_to_work(desk: Desk, dora: User) -> None:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    desk.sets(ticket_id, Status.WAITING_ON_CUSTOMER)
    customers.answer(ticket_id, dora, "Here it is.")
    db.session.commit()
    assert desk.ticket(ticket_id).status == Status.OPEN


def test_nobody_writes_on_anothers_ticket(desk: Desk, dora: User) -> None:
    ticket_id = desk.takes_in(mail_from(EVE), mail_from=EVE.address).ticket_id
    assert ticket_id is not None
    for act in (customers.resolve, customers.reopen, lambda *who: customers.answer(*who, "mine now")):
        with pytest.raises(Forbidden):
            act(ticket_id, dora)
    db.session.rollback()
    assert db.session.scalar(select(func.count(Message.id))) == 1


def test_a_request_is_resolved_and_reopened_by_its_owner(desk: Desk, dora: User) -> None:
    ticket = customers.ask(dora, "The kettle", "hums")
    assert customers.resolve(ticket.id, dora).status == Status.RESOLVED
    assert customers.reopen(ticket.id, dora).status == Status.OPEN
    db.session.commit()


def test_what_is_closed_stays_closed(desk: Desk, dora: User) -> None:
    ticket: Ticket = customers.ask(dora, "The kettle", "hums")
    db.session.commit()
    desk.sets(ticket.id, Status.CLOSED)
    for act in (customers.reopen, lambda *who: customers.answer(*who, "again")):
        with pytest.raises(Conflict):
            act(ticket.id, dora)
    with pytest.raises(IllegalMove):
        customers.resolve(ticket.id, dora)


def test_what_was_resolved_long_ago_is_not_reopened(desk: Desk, dora: User) -> None:
    ticket = customers.ask(dora, "The kettle", "hums")
    customers.resolve(ticket.id, dora)
    db.session.commit()
    desk.time_passes("ticket", "15 days", "resolved_at")
    desk.looks_again()
    with pytest.raises(Conflict):
        customers.reopen(ticket.id, desk.person(DORA))
