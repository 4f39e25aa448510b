"""Taking a reply back before it is sent."""

import pytest

from models.actions.deliveries import cancel_mail
from models.actions.drafts import save_draft
from models.actions.outbox import claim_mail
from models.actions.unsend import unsend_reply
from models.database import db
from models.errors import Conflict, Forbidden, NotFound
from models.message import Message
from tests.cast import DORA, Desk, mail_from, words_in


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    became = desk.takes_in(mail_from(DORA))
    assert became.ticket_id is not None
    return became.ticket_id


def replies(desk: Desk, ticket_id: int, body: str = "It is on its way.", **more: object) -> Message:
    return desk.replies(ticket_id, body, undo_seconds=10, **more)


SHOWN = ("status", "last_message_id", "last_direction", "preview", "message_count", "first_response_at", "resolved_at")


def test_a_reply_waits_ten_seconds_for_its_writer(desk: Desk, ticket_id: int) -> None:
    replies(desk, ticket_id)
    assert claim_mail("worker") is None
    desk.time_passes("outbox", "10 seconds", "next_attempt_at")
    assert claim_mail("worker") is not None


@pytest.mark.parametrize("then", [None, "WAITING_ON_CUSTOMER", "RESOLVED"])
def test_taken_back_the_ticket_is_what_it_was(desk: Desk, ticket_id: int, then: str | None) -> None:
    before = {name: getattr(desk.ticket(ticket_id), name) for name in SHOWN}
    said = replies(desk, ticket_id, set_status=then)
    unsend_reply(said.id, desk.ada)
    db.session.commit()
    assert {name: getattr(desk.ticket(ticket_id), name) for name in SHOWN} == before
    assert desk.mails_out(ticket_id) == [] and len(desk.messages_on(ticket_id)) == 1
    assert desk.timeline(ticket_id, "replied") == []
    [line] = desk.timeline(ticket_id, "unsent")
    assert line.is_internal and line.actor_name == "Ada"


def test_the_words_are_a_draft_again_before_what_was_begun_since(desk: Desk, ticket_id: int) -> None:
    said = replies(desk, ticket_id, "Dear Dora")
    save_draft(ticket_id, desk.ada.id, "reply", "P.S.")  # type: ignore[arg-type]
    unsend_reply(said.id, desk.ada)
    db.session.commit()
    assert words_in(ticket_id, desk.ada.id) == {"reply": "Dear Dora\n\nP.S."}  # type: ignore[arg-type]


def test_a_second_reply_taken_back_leaves_the_first(desk: Desk, ticket_id: int) -> None:
    first = desk.replies(ticket_id, "first")
    answered_at = desk.ticket(ticket_id).first_response_at
    unsend_reply(replies(desk, ticket_id, "second").id, desk.ada)
    db.session.commit()
    ticket = desk.ticket(ticket_id)
    assert (ticket.last_message_id, ticket.preview, ticket.message_count) == (first.id, "first", 2)
    assert ticket.first_response_at == answered_at and len(desk.mails_out(ticket_id)) == 1


def test_when_a_sender_has_it_it_is_too_late(desk: Desk, ticket_id: int) -> None:
    said = desk.replies(ticket_id)
    claim_mail("worker")
    db.session.commit()
    with pytest.raises(Conflict, match="too late"):
        unsend_reply(said.id, desk.ada)


def test_a_stopped_mail_is_not_taken_back(desk: Desk, ticket_id: int) -> None:
    said = replies(desk, ticket_id)
    cancel_mail(desk.mails_out(ticket_id)[0].id, desk.ada)
    with pytest.raises(Conflict):
        unsend_reply(said.id, desk.ada)


def test_only_its_writer_takes_a_reply_back(desk: Desk, ticket_id: int) -> None:
    said = replies(desk, ticket_id)
    for actor in (desk.ben, desk.cleo, desk.customer(DORA)):
        with pytest.raises(Forbidden):
            unsend_reply(said.id, actor)


def test_it_can_be_taken_back_once(desk: Desk, ticket_id: int) -> None:
    said_id = replies(desk, ticket_id).id
    unsend_reply(said_id, desk.ada)
    db.session.commit()
    with pytest.raises(NotFound):
        unsend_reply(said_id, desk.ada)


def test_a_status_that_somebody_else_has_set_since_stays(desk: Desk, ticket_id: int) -> None:
    said = replies(desk, ticket_id)
    desk.sets(ticket_id, "RESOLVED", by=desk.ben)
    unsend_reply(said.id, desk.ada)
    db.session.commit()
    assert desk.ticket(ticket_id).status == "RESOLVED"
