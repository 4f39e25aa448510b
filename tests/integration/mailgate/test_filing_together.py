"""Mails that are filed together become what they would become one by one, and cost a few questions for all of them."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select, text, update

from mailgate.apply import apply
from mailgate.pipeline import at_hand, desk_of, judge, read_mail
from mailgate.safe_reading import read_safely
from models.actions.custody import kept_mail, open_deliveries
from models.app import blobs_of
from models.database import db
from models.errors import Conflict
from models.message import Message
from models.ticket import Ticket
from tests.cast import BILLING, DORA, EVE, SUPPORT, Became, Desk, Writer, mail_from

MAILS = 20  # a filer's round
MOST_STATEMENTS = 75  # for ten new matters and an answer on each


@pytest.fixture
def statements(desk: Desk) -> Iterator[list[str]]:
    """What the database has been asked."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def file_together(desk: Desk, mails: list[tuple[bytes, tuple[str, ...]]]) -> list[list[Became]]:
    kept = [desk.keeps(raw, *rcpts) for raw, rcpts in mails]
    filer = desk.filer()
    while filer.do_round():
        pass
    assert desk.ledger().balanced
    return [desk.became(inbound_id) for inbound_id in kept]


def matters_and_answers(count: int) -> list[tuple[bytes, tuple[str, ...]]]:
    """New matters, each from a company of its own, and after each an answer on it."""
    found = []
    for number in range(count // 2):
        who, message_id = Writer(f"Dora {number}", f"dora@firm{number}.example"), f"{uuid4()}@firm{number}.example"
        found.append(mail_from(who, message_id=message_id))
        found.append(mail_from(who, answers=message_id, body="And it is blue."))
    return [(raw, (SUPPORT,)) for raw in found]


def test_a_round_of_mails_costs_a_few_questions_and_not_some_for_each(desk: Desk, statements: list[str]) -> None:
    file_together(desk, matters_and_answers(MAILS))  # the first of a process also learns what the server can
    kept = [desk.keeps(raw, *rcpts) for raw, rcpts in matters_and_answers(MAILS)]
    filer = desk.filer()
    statements.clear()
    filer.do_round()
    asked = [" ".join(each.split())[:100] for each in statements]
    filer.stop()
    assert [desk.became(inbound_id)[0].state for inbound_id in kept] == ["done"] * MAILS
    assert len(asked) <= MOST_STATEMENTS, "\n".join(asked)


def test_a_matter_and_the_answer_on_it_meet_on_one_ticket_in_their_order(desk: Desk) -> None:
    became = file_together(desk, matters_and_answers(MAILS))
    assert [each.rule for [each] in became] == ["D19", "D17"] * (MAILS // 2)
    for [first], [second] in zip(became[::2], became[1::2], strict=True):
        ticket = desk.ticket(first.ticket_id)
        assert (second.ticket_id, ticket.message_count, ticket.last_message_id) == (ticket.id, 2, second.message_id)
        assert first.message_id < second.message_id  # type: ignore[operator]


def test_a_ticket_and_its_first_message_are_written_as_if_they_were_alone(desk: Desk) -> None:
    """Nothing of a ticket that is written in one go is missing or other than where it is written bit by bit."""
    [[together], _] = file_together(desk, [(mail_from(DORA), (SUPPORT,)), (mail_from(EVE), (SUPPORT,))])
    alone = desk.takes_in(mail_from(Writer("Dora Hall", "dora@example.com")))
    assert facts_of(desk, together) == facts_of(desk, alone)


def facts_of(desk: Desk, became: Became) -> list[object]:
    ticket = desk.ticket(became.ticket_id)
    about = {"ticket": ticket.id}
    parts = db.session.execute(text("SELECT role, left_at FROM participant WHERE ticket_id = :ticket"), about).all()
    entries = db.session.execute(
        text("SELECT kind, actor_name, is_internal, message_id IS NULL FROM timeline_entry WHERE ticket_id = :ticket ORDER BY id"), about
    ).all()
    events = db.session.execute(text("SELECT kind, is_internal FROM event WHERE ticket_id = :ticket ORDER BY id"), about).all()
    said = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id)).one()
    references = db.session.scalar(text("SELECT count(*) FROM message_reference WHERE message_id = :message"), {"message": said.id})
    of_ticket = [
        ticket.status, ticket.message_count, ticket.last_message_id == said.id, ticket.last_direction, ticket.preview,
        ticket.updated_at >= ticket.created_at, ticket.waits_for_agent, ticket.takes_automatic_mail, ticket.tags,
    ]  # fmt: skip
    return [*of_ticket, parts, entries, events, references, said.body, said.source, said.sender_level, became.evidence]


def test_the_same_words_twice_in_one_round_are_one_message(desk: Desk) -> None:
    raw = mail_from(DORA, message_id="same@example.net")
    became = file_together(desk, [(raw, (SUPPORT,)), (mail_from(EVE), (SUPPORT,)), (raw, (SUPPORT,))])
    assert [each.rule for [each] in became] == ["D19", "D19", "D14"]
    assert became[2][0].ticket_id == became[0][0].ticket_id


def test_one_mail_at_two_mailboxes_in_a_round_is_two_siblings(desk: Desk) -> None:
    both, other = file_together(desk, [(mail_from(DORA, to=f"{SUPPORT}, {BILLING}"), (SUPPORT, BILLING)), (mail_from(EVE), (BILLING,))])
    assert [each.decision for each in both] == ["new_ticket", "new_ticket"]
    links = db.session.execute(text("SELECT ticket_id, other_id FROM ticket_link WHERE kind = 'sibling' ORDER BY 1")).all()
    ids = sorted(each.ticket_id or 0 for each in both)
    assert links == [tuple(ids), tuple(reversed(ids))]
    assert other[0].ticket_id not in ids


def test_answers_of_one_round_on_one_ticket_are_all_counted(desk: Desk) -> None:
    first = desk.takes_in(mail_from(DORA, message_id="first@example.net"))
    desk.replies(first.ticket_id)  # type: ignore[arg-type]
    mails = [
        mail_from(DORA, answers="first@example.net", body="One more thing."),
        mail_from(EVE, answers="first@example.net", body="And I saw it too."),
        mail_from(DORA, answers="first@example.net", body="Never mind."),
    ]
    became = file_together(desk, [(raw, (SUPPORT,)) for raw in mails])
    ticket = desk.ticket(first.ticket_id)
    assert [each.ticket_id == ticket.id for [each] in became] == [True, False, True]  # a stranger gets a ticket of her own
    counted = db.session.scalar(select(func.count()).select_from(Message).where(Message.ticket_id == ticket.id))
    assert (ticket.message_count, ticket.last_message_id, counted) == (4, became[2][0].message_id, 4)


def test_a_flood_is_seen_at_its_twenty_first_mail_in_the_midst_of_a_round(desk: Desk) -> None:
    mails = [(mail_from(DORA, subject=f"Again {number}"), (SUPPORT,)) for number in range(23)]
    file_together(desk, mails[:8])
    rules = [each.rule for [each] in file_together(desk, mails[8:])]
    assert rules == ["D19"] * 12 + ["D16"] * 3


def test_new_senders_of_a_round_are_known_from_then_on_and_named_once(desk: Desk) -> None:
    mails = matters_and_answers(6)
    became = file_together(desk, mails)
    names = db.session.execute(
        text("SELECT full_name FROM user_account WHERE email LIKE 'dora@firm%' ORDER BY email")
    ).scalars()
    assert list(names) == ["Dora 0", "Dora 1", "Dora 2"]
    assert len({desk.ticket(each.ticket_id).customer_id for [each] in became}) == 3


def test_words_for_a_ticket_that_was_merged_while_they_were_judged_are_judged_anew(desk: Desk) -> None:
    first = desk.takes_in(mail_from(DORA, message_id="first@example.net"))
    other = desk.takes_in(mail_from(DORA, subject="The same again"))
    inbound_id = desk.keeps(mail_from(DORA, answers="first@example.net"))
    pipeline = desk_of(blobs_of(desk.app), desk.settings)
    each = read_mail(kept_mail(inbound_id), read_safely, pipeline)
    judged = judge(each, open_deliveries([inbound_id])[inbound_id], pipeline)
    db.session.execute(update(Ticket).where(Ticket.id == first.ticket_id).values(merged_into_id=other.ticket_id))
    with at_hand([judged], pipeline) as ways, pytest.raises(Conflict):
        apply(judged[1].decision, judged[0], each.files, ways)
    db.session.commit()
    desk.files(inbound_id)
    assert desk.became(inbound_id)[0].ticket_id == other.ticket_id
