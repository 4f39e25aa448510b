"""What is said on a ticket: received, replied, noted; once, to the right people, and on what was really seen."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select

from models.actions import messages, people
from models.actions.messages import Received, StoredFile, Written
from models.actor import MAIL_GATE, Actor
from models.database import db
from models.errors import Conflict, Forbidden, IllegalMove, Invalid, NotFound, StaleView
from models.events import MailQueued, MessageCreated, StatusChanged
from models.message import Attachment, Message
from models.message_ids import is_signed_for
from models.outbox import Outbox
from models.queries.conversations import messages_of, timeline_of
from models.ticket import Participant, Status, Ticket
from tests.cast import DORA, EVE, SUPPORT, Desk, Writer, mail_from

FRANK = Writer("Frank", "frank@example.net")


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    """A ticket of Dora's, fresh from the mail."""
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    desk.heard.clear()
    return ticket_id


def invite(ticket_id: int, who: Writer) -> Participant:
    person = people.customer_for(who.address, who.name)
    participant = Participant(
        ticket_id=ticket_id, user_id=person.id, address=who.address, address_as_written=who.address, role="cc"
    )
    db.session.add(participant)
    db.session.commit()
    return participant


def hear(desk: Desk, ticket_id: int, body: str = "Any news?", **more: object) -> Message:
    dora = desk.person(DORA)
    received = Received(body, dora.id, "Dora", DORA.address, **more)  # type: ignore[arg-type]
    message = messages.receive_message(ticket_id, received, MAIL_GATE)
    db.session.commit()
    return message


def visible_fields(ticket: Ticket) -> dict[str, object]:
    """All that a ticket shows of itself."""
    return {column.key: getattr(ticket, column.key) for column in inspect(Ticket).column_attrs}


def test_a_reply_goes_out_to_the_customer_and_takes_the_ticket_into_work(desk: Desk, ticket_id: int) -> None:
    message = desk.replies(ticket_id, "It is on its way.")
    ticket = desk.ticket(ticket_id)
    assert (ticket.status, ticket.last_direction, ticket.preview) == (Status.IN_PROGRESS, "out", "It is on its way.")
    assert (ticket.message_count, ticket.last_message_id) == (2, message.id)
    assert ticket.first_response_at is not None  # by our clock, the other by the database's
    assert abs(ticket.updated_at - ticket.first_response_at) < timedelta(minutes=1)
    [row] = desk.mails_out(ticket_id)
    assert (row.rcpt, row.mail_from, row.state, row.kind) == (DORA.address, SUPPORT, "queued", "reply")
    assert [entry.kind for entry in desk.timeline(ticket_id)][-2:] == ["replied", "status"]
    assert desk.happened() == [
        MailQueued(ticket_id, message.id),
        MessageCreated(ticket_id, message.id, "out"),
        StatusChanged(ticket_id, Status.IN_PROGRESS),
    ]


def test_everybody_on_the_ticket_gets_one_mail_of_his_own(desk: Desk, ticket_id: int) -> None:
    invite(ticket_id, FRANK)
    message = desk.replies(ticket_id)
    rows = desk.mails_out(ticket_id)
    assert [(row.rcpt, row.message_id) for row in rows] == [(DORA.address, message.id), (FRANK.address, message.id)]
    assert len({row.rfc_message_id for row in rows}) == len({row.idempotency_key for row in rows}) == 2


def test_whoever_has_left_gets_nothing_more(desk: Desk, ticket_id: int) -> None:
    frank = invite(ticket_id, FRANK)
    desk.replies(ticket_id, "To both of you.")
    frank.left_at = func.clock_timestamp()
    db.session.commit()
    desk.replies(ticket_id, "To Dora alone.")
    assert [row.rcpt for row in desk.mails_out(ticket_id)] == [DORA.address, FRANK.address, DORA.address]


def test_an_answer_goes_to_the_address_as_the_customer_writes_it(desk: Desk) -> None:
    ticket_id = desk.takes_in(mail_from(Writer("Dora", "Dora.Hall@Example.NET"))).ticket_id
    desk.replies(ticket_id)
    assert [row.rcpt for row in desk.mails_out(ticket_id)] == ["Dora.Hall@Example.NET"]


def test_only_the_first_reply_is_the_first_response(desk: Desk, ticket_id: int) -> None:
    desk.replies(ticket_id)
    first = desk.ticket(ticket_id).first_response_at
    desk.replies(ticket_id, "And one thing more.")
    assert desk.ticket(ticket_id).first_response_at == first


def test_a_reply_may_set_the_status_with_it(desk: Desk, ticket_id: int) -> None:
    message = desk.replies(ticket_id, "Done.", set_status=Status.RESOLVED)
    ticket = desk.ticket(ticket_id)
    assert (ticket.status, ticket.preview, ticket.last_message_id) == (Status.RESOLVED, "Done.", message.id)
    assert ticket.first_response_at is not None and ticket.resolved_at is not None


def test_a_reply_with_an_impossible_status_is_not_sent_at_all(desk: Desk, ticket_id: int) -> None:
    desk.assigns(ticket_id, desk.ada)
    desk.sets(ticket_id, Status.WAITING_ON_CUSTOMER)
    with pytest.raises(IllegalMove):
        desk.replies(ticket_id, "Done.", set_status=Status.ASSIGNED)
    assert len(desk.messages_on(ticket_id)) == 1 and desk.mails_out(ticket_id) == []


def test_a_note_queues_no_mail_and_changes_nothing_a_customer_could_see(desk: Desk, ticket_id: int) -> None:
    desk.replies(ticket_id)
    before = visible_fields(desk.ticket(ticket_id))
    mails = len(desk.mails_out(ticket_id))
    note = desk.notes(ticket_id)
    assert visible_fields(desk.ticket(ticket_id)) == before
    assert len(desk.mails_out(ticket_id)) == mails
    dora = desk.person(DORA)
    assert note.id not in [message.id for message in messages_of(ticket_id, dora)]
    assert not [entry for entry in timeline_of(ticket_id, dora) if entry.message_id == note.id]


def test_the_event_of_a_note_is_not_for_customers(desk: Desk, ticket_id: int) -> None:
    note = desk.notes(ticket_id)
    [event] = desk.happened()
    assert event == MessageCreated(ticket_id, note.id, "note") and event.is_internal


def test_a_held_message_is_seen_by_agents_and_does_nothing_else(desk: Desk, ticket_id: int) -> None:
    desk.assigns(ticket_id, desk.ada)
    desk.sets(ticket_id, Status.RESOLVED)
    desk.heard.clear()
    before = visible_fields(desk.ticket(ticket_id))
    message = hear(desk, ticket_id, "I am on holiday.", held_reason="An automatic reply.")
    assert visible_fields(desk.ticket(ticket_id)) == before
    assert desk.mails_out(ticket_id) == []
    [event] = desk.happened()
    assert event.is_internal
    dora, ada = desk.person(DORA), desk.person(desk.ada)
    assert message.id in [each.id for each in messages_of(ticket_id, ada)]
    assert message.id not in [each.id for each in messages_of(ticket_id, dora)]
    assert not [entry for entry in timeline_of(ticket_id, dora) if entry.message_id == message.id]


@pytest.mark.parametrize(
    ("before", "has_agent", "after"),
    [
        (Status.WAITING_ON_CUSTOMER, True, Status.IN_PROGRESS),
        (Status.WAITING_ON_CUSTOMER, False, Status.OPEN),
        (Status.RESOLVED, True, Status.IN_PROGRESS),
        (Status.RESOLVED, False, Status.OPEN),
        (Status.CLOSED, True, Status.CLOSED),
    ],
)
def test_a_customers_words_bring_a_ticket_back(
    desk: Desk, ticket_id: int, before: Status, has_agent: bool, after: Status
) -> None:
    if has_agent:
        desk.assigns(ticket_id, desk.ada)
    desk.sets(ticket_id, before)
    hear(desk, ticket_id)
    ticket = desk.ticket(ticket_id)
    assert ticket.status == after
    assert (ticket.resolved_at is None) == (after != Status.RESOLVED)


@pytest.mark.parametrize("body", ["", "   \n\t", "\x00\x1b"])
def test_nothing_is_no_message(desk: Desk, ticket_id: int, body: str) -> None:
    for say in (desk.replies, desk.notes):
        with pytest.raises(Invalid, match="write something") as refused:
            say(ticket_id, body)
        assert refused.value.field == "body"


def test_customers_neither_reply_nor_note(desk: Desk, ticket_id: int) -> None:
    dora = desk.customer(DORA)
    for say in (desk.replies, desk.notes):
        with pytest.raises(Forbidden):
            say(ticket_id, "I am the agent.", dora)
    assert len(desk.messages_on(ticket_id)) == 1


def test_nobody_speaks_on_a_ticket_that_is_not_there(desk: Desk) -> None:
    for say in (desk.replies, desk.notes):
        with pytest.raises(NotFound):
            say(4711, "Hello?")


# The same words twice


def test_a_double_click_says_it_once(desk: Desk, ticket_id: int) -> None:
    first = desk.replies(ticket_id, "Once.", idempotency_key="k1")
    again = desk.replies(ticket_id, "Once.", idempotency_key="k1")
    assert again.id == first.id
    assert len(desk.messages_on(ticket_id)) == 2 and len(desk.mails_out(ticket_id)) == 1


def test_two_clicks_at_the_same_moment_say_it_once(desk: Desk, ticket_id: int) -> None:
    said: list[int] = []
    gate = threading.Barrier(4)

    def click() -> None:
        with desk.app.app_context():
            gate.wait(10)
            said.append(messages.post_reply(ticket_id, Written("Once.", idempotency_key="k1"), desk.ada, desk.keys).id)
            db.session.commit()

    run_all(click, 4)
    assert len(said) == 4 and len(set(said)) == 1
    assert len(desk.mails_out(ticket_id)) == 1


def test_a_key_belongs_to_who_used_it(desk: Desk, ticket_id: int) -> None:
    desk.replies(ticket_id, "From Ada.", idempotency_key="k1")
    desk.replies(ticket_id, "From Ben.", desk.ben, idempotency_key="k1")
    assert [message.body for message in desk.messages_on(ticket_id)][1:] == ["From Ada.", "From Ben."]


def test_a_key_that_stood_for_another_message_loses_no_words(desk: Desk, ticket_id: int) -> None:
    other = desk.takes_in(mail_from(EVE)).ticket_id
    desk.replies(ticket_id, "To Dora.", idempotency_key="k1")
    with pytest.raises(Conflict, match="Idempotency-Key"):
        desk.replies(other, "To Eve.", idempotency_key="k1")
    with pytest.raises(Conflict, match="Idempotency-Key"):
        desk.notes(ticket_id, "A note.", idempotency_key="k1")


# On what was seen


def test_who_has_not_seen_the_newest_words_is_told_which_they_are(desk: Desk, ticket_id: int) -> None:
    seen = desk.messages_on(ticket_id)[-1].id
    news = [hear(desk, ticket_id, "It has come!").id, desk.notes(ticket_id, "Solved.", desk.ben).id]
    with pytest.raises(StaleView) as stale:
        desk.replies(ticket_id, "It will come.", last_seen_message=seen)
    assert stale.value.newer == news
    assert desk.mails_out(ticket_id) == []
    desk.replies(ticket_id, "Good to hear.", last_seen_message=news[-1])


def test_ones_own_words_are_no_news(desk: Desk, ticket_id: int) -> None:
    seen = desk.messages_on(ticket_id)[-1].id
    desk.notes(ticket_id, "I shall answer.")
    desk.replies(ticket_id, "It will come.", last_seen_message=seen)


def test_of_two_agents_who_answer_at_the_same_moment_one_is_told(desk: Desk, ticket_id: int) -> None:
    seen = desk.messages_on(ticket_id)[-1].id
    outcomes: list[str] = []
    gate = threading.Barrier(2)
    agents = [desk.ada, desk.ben]

    def answer() -> None:
        agent = agents.pop()
        with desk.app.app_context():
            gate.wait(10)
            try:
                messages.post_reply(ticket_id, Written("Mine.", last_seen_message=seen), agent, desk.keys)
                db.session.commit()
                outcomes.append("sent")
            except StaleView:
                outcomes.append("told")

    run_all(answer, 2)
    assert sorted(outcomes) == ["sent", "told"]
    assert len(desk.mails_out(ticket_id)) == 1


def run_all(work: object, times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


# Files and texts


def test_files_are_kept_with_names_fit_to_show(desk: Desk, ticket_id: int) -> None:
    file = StoredFile("0" * 64, "a\x00b\x1b.txt" + "x" * 300, "text/plain", 3)
    message = desk.replies(ticket_id, files=(file,))
    [kept] = db.session.scalars(select(Attachment).where(Attachment.message_id == message.id))
    assert kept.filename.startswith("ab.txt") and len(kept.filename) == 255


def test_a_nameless_file_gets_a_name(desk: Desk, ticket_id: int) -> None:
    message = desk.replies(ticket_id, files=(StoredFile("0" * 64, "\x00", "text/plain", 3),))
    assert db.session.scalars(select(Attachment.filename).where(Attachment.message_id == message.id)).all() == ["attachment"]


def test_a_preview_is_one_line_of_the_new_words(desk: Desk, ticket_id: int) -> None:
    hear(desk, ticket_id, "Line one\n\n\tline two " + "and on " * 100, shown="Line one\n\n\tline two " + "and on " * 100)
    preview = desk.ticket(ticket_id).preview
    assert preview.startswith("Line one line two and on") and len(preview) == 200


def test_the_desk_itself_may_answer(desk: Desk, ticket_id: int) -> None:
    message = messages.post_reply(ticket_id, Written("Automatic."), Actor(None, "Rule", "desk"), desk.keys)
    db.session.commit()
    assert (message.author_id, message.author_name) == (None, "Rule")


def test_every_mail_out_is_signed_for_its_reader(desk: Desk, ticket_id: int) -> None:
    invite(ticket_id, FRANK)
    desk.replies(ticket_id)
    dora, frank = desk.mails_out(ticket_id)
    assert is_signed_for(desk.keys, dora.rfc_message_id.strip("<>"), dora.id, ticket_id, dora.participant_id)
    assert not is_signed_for(desk.keys, dora.rfc_message_id.strip("<>"), frank.id, ticket_id, frank.participant_id)


def test_outbox_rows_can_be_queued_once_for_a_message_and_a_reader(desk: Desk, ticket_id: int) -> None:
    message = desk.replies(ticket_id)
    [row] = desk.mails_out(ticket_id)
    assert row.idempotency_key == f"reply:{message.id}:{row.participant_id}"
    assert Outbox.__table__.c.idempotency_key.unique
