"""Handing a message on: to whom, what goes along, and that the ticket stays closed to whoever gets it."""

import pytest

from models.actions.forwarding import Forward, forward_message
from models.actions.messages import Written
from models.actions.unsend import unsend_reply
from models.database import db
from models.errors import Conflict, Forbidden, Invalid
from models.message import Attachment, Message
from models.outbox import Outbox
from models.people import User
from models.queries.conversations import drafts_of, messages_of
from models.ticket import Participant
from tests.cast import BILLING, DORA, EVE, SUPPORT, Desk, Writer, mail_from

SUPPLIER = "parts@supplier.example"


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    raw = mail_from(DORA, html="<p>see <b>below</b></p>", files={"meter.pdf": b"%PDF", "label.txt": b"label"})
    ticket_id = desk.takes_in(raw).ticket_id
    assert ticket_id is not None
    return ticket_id


def first_message(desk: Desk, ticket_id: int) -> Message:
    return desk.messages_on(ticket_id)[0]


def out(desk: Desk, ticket_id: int) -> list[Outbox]:
    desk.looks_again()
    return db.session.query(Outbox).filter_by(ticket_id=ticket_id).order_by(Outbox.created_at).all()


def forwards(desk: Desk, message: Message, *to: str, body: str = "Can you deliver this?", **more: object) -> Message:
    written = Written(body, idempotency_key=more.pop("key", None), undo_seconds=10)  # type: ignore[arg-type]
    said = forward_message(message.id, Forward(to, **more), written, desk.ada, desk.keys)  # type: ignore[arg-type]
    db.session.commit()
    return said


def files_of(message: Message) -> list[str]:
    return sorted(file.filename for file in db.session.query(Attachment).filter_by(message_id=message.id))


def test_a_forward_goes_to_the_typed_address_and_makes_nobody_a_participant(desk: Desk, ticket_id: int) -> None:
    said = forwards(desk, first_message(desk, ticket_id), SUPPLIER, cc=["boss@supplier.example"])
    assert {(row.kind, row.rcpt, row.addressed_as, row.participant_id) for row in out(desk, ticket_id)} == {
        ("forward", SUPPLIER, "to", None),
        ("forward", "boss@supplier.example", "cc", None),
    }
    assert [each.address for each in db.session.query(Participant)] == [DORA.address]
    assert files_of(said) == ["label.txt", "meter.pdf"]
    [line] = desk.timeline(ticket_id, "forwarded")
    assert line.is_internal and SUPPLIER in line.data["rcpt"]


def test_the_customer_does_not_learn_of_it(desk: Desk, ticket_id: int) -> None:
    before = desk.ticket(ticket_id)
    shown = (before.last_message_id, before.message_count, before.preview, before.status)
    forwards(desk, first_message(desk, ticket_id), SUPPLIER)
    dora = desk.person(DORA)
    assert len(messages_of(ticket_id, dora)) == 1
    assert len(messages_of(ticket_id, db.session.get_one(User, desk.ada.id))) == 2
    after = desk.ticket(ticket_id)
    assert (after.last_message_id, after.message_count, after.preview, after.status) == shown


def test_an_answer_to_a_forward_opens_a_ticket_of_its_own_that_is_linked(desk: Desk, ticket_id: int) -> None:
    """No stranger gets into a ticket: what the supplier answers is not shown to Dora, nor mailed to her."""
    forwards(desk, first_message(desk, ticket_id), SUPPLIER)
    [row] = out(desk, ticket_id)
    supplier = Writer("Parts", SUPPLIER)
    became = desk.takes_in(mail_from(supplier, subject="Re: Fwd: Where is my parcel?", answers=row.rfc_message_id), mail_from=SUPPLIER)
    assert became.ticket_id not in (None, ticket_id)
    assert len(desk.timeline(ticket_id, "may_belong_here")) == 1


def test_with_the_agents_word_they_take_part_from_then_on(desk: Desk, ticket_id: int) -> None:
    forwards(desk, first_message(desk, ticket_id), SUPPLIER, let_in=True)
    assert {each.address for each in db.session.query(Participant)} == {DORA.address, SUPPLIER}
    desk.replies(ticket_id, "x")
    assert {row.rcpt for row in out(desk, ticket_id) if row.kind == "reply"} == {DORA.address, SUPPLIER}


def test_files_can_be_left_out(desk: Desk, ticket_id: int) -> None:
    message = first_message(desk, ticket_id)
    label = db.session.query(Attachment).filter_by(filename="label.txt").one()
    assert files_of(forwards(desk, message, SUPPLIER, files=[label.id])) == ["label.txt"]
    assert files_of(forwards(desk, message, SUPPLIER, files=[])) == []


def test_a_note_is_not_handed_on(desk: Desk, ticket_id: int) -> None:
    note = desk.notes(ticket_id, "she pays late")
    with pytest.raises(Conflict, match="note"):
        forwards(desk, note, SUPPLIER)


def test_a_held_mail_is_not_handed_on(desk: Desk, ticket_id: int) -> None:
    message = first_message(desk, ticket_id)
    message.held_reason = "nobody knows who wrote it"
    db.session.commit()
    with pytest.raises(Conflict, match="held"):
        forwards(desk, message, SUPPLIER)


@pytest.mark.parametrize("address", [SUPPORT, BILLING, "", "no address", "a@x.example\nBcc: b@x.example"])
def test_a_forward_goes_to_no_address_that_is_none_or_ours(desk: Desk, ticket_id: int, address: str) -> None:
    with pytest.raises(Invalid):
        forwards(desk, first_message(desk, ticket_id), address)
    db.session.rollback()
    assert out(desk, ticket_id) == []


def test_eleven_addresses_are_too_many(desk: Desk, ticket_id: int) -> None:
    with pytest.raises(Invalid, match="at most 10"):
        forwards(desk, first_message(desk, ticket_id), *(f"x{number}@example.org" for number in range(11)))


def test_a_customer_forwards_nothing(desk: Desk, ticket_id: int) -> None:
    with pytest.raises(Forbidden):
        forward_message(first_message(desk, ticket_id).id, Forward([EVE.address]), Written("x"), desk.customer(DORA), desk.keys)


def test_the_same_key_forwards_once(desk: Desk, ticket_id: int) -> None:
    first = forwards(desk, first_message(desk, ticket_id), SUPPLIER, key="k")
    again = forwards(desk, first_message(desk, ticket_id), SUPPLIER, key="k")
    assert first.id == again.id and len(out(desk, ticket_id)) == 1


def test_a_key_that_stood_for_a_note_forwards_nothing_and_says_so(desk: Desk, ticket_id: int) -> None:
    desk.notes(ticket_id, idempotency_key="k")
    with pytest.raises(Conflict, match="Idempotency-Key"):
        forwards(desk, first_message(desk, ticket_id), SUPPLIER, key="k")
    db.session.rollback()
    assert out(desk, ticket_id) == []


def test_a_forward_may_have_no_words_of_its_own(desk: Desk, ticket_id: int) -> None:
    assert forwards(desk, first_message(desk, ticket_id), SUPPLIER, body="").body == ""


def test_a_forward_can_be_taken_back_and_is_a_draft_again(desk: Desk, ticket_id: int) -> None:
    message_id = first_message(desk, ticket_id).id
    before = desk.ticket(ticket_id).message_count
    said = forwards(desk, first_message(desk, ticket_id), SUPPLIER)
    unsend_reply(said.id, desk.ada)
    db.session.commit()
    assert out(desk, ticket_id) == [] and desk.ticket(ticket_id).message_count == before
    draft = drafts_of(ticket_id, desk.ada.id)["forward"]  # type: ignore[arg-type]
    assert draft.body == "Can you deliver this?"
    assert draft.addressed == {"to": [SUPPLIER], "cc": [], "message": message_id}
