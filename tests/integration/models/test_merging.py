"""Merging and splitting: what goes along, who reads and gets what afterwards, and the way back (mail-safety 2.5, H-075)."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from models.actions.customers import answer
from models.actions.deliveries import cancel_mail
from models.actions.following import follow
from models.actions.merging import merge, undo_merge
from models.actions.messages import Received, receive_message
from models.actions.moving import move_mail, undo_move
from models.actions.splitting import split, undo_split
from models.actor import MAIL_GATE, Actor
from models.database import db
from models.errors import Conflict, DeskError, Forbidden, Invalid, NotFound, StaleView
from models.events import DeliveryChanged, MessageCreated
from models.message import Message
from models.outbox import Outbox
from models.people import User
from models.queries.attention import followers_of
from models.queries.audiences import Readable, readable_to_their_customers
from models.queries.conversations import message_seen_by, messages_of
from models.queries.custody import ledger
from models.queries.outbox import mail_out_seen_by
from models.queries.search import search
from models.queries.ticket_list import Filters
from models.search_words import read_search
from models.ticket import Participant, Status
from tests.cast import BILLING, DORA, EVE, Became, Desk, Writer, mail_from


@pytest.fixture
def doras(desk: Desk) -> Became:
    return desk.takes_in(mail_from(DORA, message_id="one@example.net", body="The canaryone sings."))


@pytest.fixture
def eves(desk: Desk) -> Became:
    return desk.takes_in(mail_from(EVE, message_id="eve@example.org", subject="A lamp", body="A lamp is out."), mail_from=EVE.address)


def number(became: Became) -> int:
    assert became.ticket_id is not None
    return became.ticket_id


def merges(desk: Desk, ended: int, stays: int, let_in: Sequence[int] = (), by: Actor | None = None) -> None:
    merge(ended, stays, by or desk.ada, let_in)
    db.session.commit()


def reads(desk: Desk, who: Writer | Actor, ticket_id: int) -> str:
    return " ".join(message.body for message in messages_of(ticket_id, desk.person(who)))


def people_on(ticket_id: int) -> set[str]:
    present = select(Participant.address).where(Participant.ticket_id == ticket_id, Participant.left_at.is_(None))
    return set(db.session.scalars(present))


def looks(desk: Desk, *ticket_ids: int) -> list[dict[str, Any]]:
    columns = ("status", "message_count", "last_message_id", "last_direction", "preview", "merged_into_id", "tags")
    found = []
    for ticket_id in ticket_ids:
        ticket = desk.ticket(ticket_id)
        found.append({name: getattr(ticket, name) for name in columns} | {"people": people_on(ticket_id)})
    return found


def test_a_merged_ticket_ends_and_all_that_was_said_stands_on_the_other(desk: Desk, doras: Became) -> None:
    other = desk.takes_in(mail_from(DORA, subject="Parcel again", body="Still nothing."))
    desk.replies(number(doras))
    desk.notes(number(doras), "She is right.")
    merges(desk, number(doras), number(other))
    ended, stays = desk.ticket(doras.ticket_id), desk.ticket(other.ticket_id)
    assert (ended.status, ended.merged_into_id, ended.message_count) == (Status.CLOSED, stays.id, 0)
    assert len(desk.messages_on(stays.id)) == 4 and stays.message_count == 3
    assert ledger().balanced and desk.became(doras.inbound_id)[0].ticket_id == stays.id
    [line] = desk.timeline(stays.id, "merged_here")
    assert line.is_internal and line.data["ref"] == ended.ref and line.actor_name == "Ada"
    follows = desk.takes_in(mail_from(DORA, answers="one@example.net"))
    assert (follows.decision, follows.ticket_id) == ("reply", stays.id)


def test_the_same_customer_reads_all_of_it_on_one_ticket(desk: Desk, doras: Became) -> None:
    other = desk.takes_in(mail_from(DORA, subject="Parcel again", body="Still nothing."))
    desk.replies(number(doras), "On its way.")
    merges(desk, number(doras), number(other))
    assert {"canaryone", "Still", "way."} <= set(reads(desk, DORA, number(other)).replace("The ", "").split())


def test_no_canary_crosses_from_one_customer_to_the_other(desk: Desk, doras: Became, eves: Became) -> None:
    """H-075, with a real merge: mail out, the portal's words, search, attachments' door, previews."""
    desk.replies(number(doras), "The canarytwo is an answer to Dora.")
    merges(desk, number(doras), number(eves))
    later = desk.takes_in(mail_from(DORA, answers="one@example.net", body="A canarythree."))
    assert later.ticket_id == eves.ticket_id
    answer = desk.replies(number(eves), "For Eve alone.")
    assert {mail.rcpt for mail in desk.mails_out(eves.ticket_id) if mail.message_id == answer.id} == {EVE.address}
    assert "canary" not in reads(desk, EVE, number(eves)) and "For Eve alone." in reads(desk, EVE, number(eves))
    assert reads(desk, DORA, number(doras)).count("canary") == 3 and "Eve" not in reads(desk, DORA, number(doras))
    assert reads(desk, desk.ada, number(eves)).count("canary") == 3
    for word in ("canaryone", "canarytwo", "canarythree"):
        assert not search(desk.person(EVE), "all", read_search(word), Filters()).found
    for message in desk.messages_on(eves.ticket_id):
        theirs = EVE if message.id in {eves.message_id, answer.id} else DORA
        stranger = DORA if theirs is EVE else EVE
        assert message_seen_by(desk.person(theirs), "all", message.id).id == message.id
        with pytest.raises(NotFound):
            message_seen_by(desk.person(stranger), "all", message.id)


def test_whom_an_agent_lets_in_gets_what_is_written_from_then_on(desk: Desk, doras: Became, eves: Became) -> None:
    [participant] = db.session.scalars(select(Participant.id).where(Participant.ticket_id == doras.ticket_id))
    strangers_id = db.session.scalars(select(Participant.id).where(Participant.ticket_id == eves.ticket_id)).one()
    merges(desk, number(doras), number(eves), let_in=[participant, strangers_id])
    assert people_on(number(eves)) == {DORA.address, EVE.address}
    answer = desk.replies(number(eves), "For both.")
    mails = [mail for mail in desk.mails_out(eves.ticket_id) if mail.message_id == answer.id]
    assert {mail.rcpt for mail in mails} == {DORA.address, EVE.address}
    assert desk.ticket(eves.ticket_id).customer_id == desk.person(EVE).id, "the requester never changes"


def test_a_ring_is_refused_and_so_is_what_has_ended(desk: Desk, doras: Became, eves: Became) -> None:
    third = number(desk.takes_in(mail_from(DORA, subject="A third")))
    merges(desk, number(doras), number(eves))
    with pytest.raises(Conflict, match="goes on in"):
        merge(number(eves), number(doras), desk.ada)
    db.session.rollback()
    with pytest.raises(Conflict, match="goes on in"):
        merge(third, number(doras), desk.ada)
    db.session.rollback()
    merges(desk, number(eves), third)
    assert "canaryone" in reads(desk, DORA, third), "by way of two merges it has come home"


@pytest.mark.parametrize("same_customer", [True, False])
def test_a_merge_is_taken_back_with_all_that_it_changed(desk: Desk, doras: Became, eves: Became, same_customer: bool) -> None:
    other = number(desk.takes_in(mail_from(DORA, subject="Mine too"))) if same_customer else number(eves)
    desk.replies(number(doras))
    desk.takes_in(mail_from(DORA, answers="one@example.net", body="And more."))
    desk.sets(other, Status.RESOLVED)
    db.session.execute(db.text("UPDATE ticket SET tags = '{parcel}' WHERE id = :id"), {"id": doras.ticket_id})
    follow(number(doras), desk.ben.id or 0, desk.ben)
    db.session.commit()
    before = looks(desk, number(doras), other)
    [participant] = db.session.scalars(select(Participant.id).where(Participant.ticket_id == doras.ticket_id))
    merges(desk, number(doras), other, let_in=[participant])
    assert desk.ticket(other).status == Status.OPEN, "an open question brings the other back to work"
    assert desk.ticket(other).tags == ["parcel"] and followers_of(other, "all") == {desk.ben.id}
    undo_merge(number(doras), desk.ada)
    db.session.commit()
    assert looks(desk, number(doras), other) == before
    assert followers_of(other, "all") == set()
    assert {message.audience_id for message in desk.messages_on(doras.ticket_id)} == {None}
    with pytest.raises(Conflict):
        undo_merge(number(doras), desk.ada)


def test_what_came_since_goes_back_with_its_people(desk: Desk, doras: Became, eves: Became) -> None:
    merges(desk, number(doras), number(eves))
    later = desk.takes_in(mail_from(DORA, answers="one@example.net", body="Since then."))
    answer = desk.replies(number(eves))
    undo_merge(number(doras), desk.ada)
    db.session.commit()
    assert [message.id for message in desk.messages_on(doras.ticket_id)] == [doras.message_id, later.message_id]
    assert [message.id for message in desk.messages_on(eves.ticket_id)] == [eves.message_id, answer.id]


def test_answers_name_no_mail_of_the_other_customer(desk: Desk, doras: Became, eves: Became) -> None:
    from jobs.letter import parents_of  # the letter's own rule, asked without a worker

    merges(desk, number(doras), number(eves))
    answer = desk.replies(number(eves))
    [mail] = [each for each in desk.mails_out(eves.ticket_id) if each.message_id == answer.id]
    assert parents_of(mail, desk.message(eves.message_id)) == ("<eve@example.org>",)


def test_a_status_mail_hangs_on_what_its_reader_may_read(desk: Desk, doras: Became, eves: Became) -> None:
    """It is answered by that mail's Message-ID, which would tell Eve of Dora's."""
    desk.replies(number(eves))
    merges(desk, number(doras), number(eves))
    later = desk.takes_in(mail_from(DORA, answers="one@example.net", body="Since then."))
    assert desk.ticket(eves.ticket_id).last_message_id == later.message_id
    desk.sets(number(eves), Status.RESOLVED)
    told = db.session.scalars(select(Outbox).where(Outbox.kind == "status", Outbox.rcpt == EVE.address)).one()
    assert desk.message(told.message_id).audience_id is None and told.message_id != later.message_id


def test_what_is_found_by_no_word_is_shown_without_the_others_preview(desk: Desk, doras: Became, eves: Became) -> None:
    merges(desk, number(doras), number(eves))
    desk.takes_in(mail_from(DORA, answers="one@example.net", body="A canarythree."))
    shown = {who: search(desk.person(who), "all", read_search("subject:lamp"), Filters()).found for who in (EVE, desk.cleo)}
    [eves_own], [the_teams] = shown.values()
    assert "canarythree" not in str(eves_own.snippet) and "canarythree" in str(the_teams.snippet)


def test_the_other_customers_mail_is_neither_an_event_nor_a_line_nor_news_to_her(desk: Desk, doras: Became, eves: Became) -> None:
    merges(desk, number(doras), number(eves))
    desk.happened()
    later = desk.takes_in(mail_from(DORA, answers="one@example.net", body="Since then."))
    [said] = [event for event in desk.happened() if isinstance(event, MessageCreated)]
    assert said.is_internal and "is_apart" not in said.ids()
    assert [line.is_internal for line in desk.timeline(eves.ticket_id, "received") if line.message_id == later.message_id] == [True]
    assert answer(number(eves), desk.person(EVE), "And?", last_seen_message=eves.message_id).body == "And?"
    with pytest.raises(StaleView):
        desk.notes(number(eves), last_seen_message=eves.message_id)
    db.session.rollback()
    desk.notes(number(eves))


def test_a_customer_is_counted_her_own_messages_wherever_they_stand(desk: Desk, doras: Became, eves: Became) -> None:
    desk.replies(number(doras))
    merges(desk, number(doras), number(eves))
    later = desk.takes_in(mail_from(DORA, answers="one@example.net", body="Since then."))
    assert readable_to_their_customers([number(doras), number(eves)]) == {
        doras.ticket_id: Readable(3, later.message_id), eves.ticket_id: Readable(1, eves.message_id)
    }  # fmt: skip


def test_nothing_is_said_on_a_ticket_that_goes_on_in_another(desk: Desk, doras: Became, eves: Became) -> None:
    """Two agents at once: what the slower one sends, or the gate has just decided, would lie where nobody looks."""
    merges(desk, number(doras), number(eves))
    word = Received(body="Late.", author_id=desk.person(DORA).id, author_name="Dora", author_address=DORA.address)
    for late in (
        lambda: desk.replies(number(doras)),
        lambda: receive_message(number(doras), word, MAIL_GATE),
        lambda: desk.sets(number(doras), Status.OPEN),
    ):
        with pytest.raises(Conflict, match="goes on in"):
            late()
        db.session.rollback()
    assert desk.messages_on(doras.ticket_id) == [] and desk.ticket(doras.ticket_id).status == Status.CLOSED


def test_taking_a_merge_back_leaves_a_status_that_somebody_has_given_since(desk: Desk, doras: Became, eves: Became) -> None:
    desk.sets(number(eves), Status.WAITING_ON_CUSTOMER)
    merges(desk, number(doras), number(eves))
    assert desk.ticket(eves.ticket_id).status == Status.OPEN
    desk.sets(number(eves), Status.RESOLVED)
    undo_merge(number(doras), desk.ada)
    db.session.commit()
    assert desk.ticket(eves.ticket_id).status == Status.RESOLVED


def test_a_merge_into_what_was_merged_on_since_is_taken_back_after_that_one(desk: Desk, doras: Became, eves: Became) -> None:
    third = number(desk.takes_in(mail_from(DORA, subject="A third")))
    merges(desk, number(doras), number(eves))
    merges(desk, number(eves), third)
    with pytest.raises(Conflict, match="take that back first"):
        undo_merge(number(doras), desk.ada)
    db.session.rollback()
    assert len(desk.messages_on(third)) == 3
    undo_merge(number(eves), desk.ada)
    undo_merge(number(doras), desk.ada)
    db.session.commit()
    assert [len(desk.messages_on(each)) for each in (doras.ticket_id, eves.ticket_id, third)] == [1, 1, 1]


def test_a_mail_that_came_along_is_its_writers_to_read_where_it_is_moved_by_hand(desk: Desk, doras: Became, eves: Became) -> None:
    merges(desk, number(doras), number(eves))
    later = desk.takes_in(mail_from(DORA, answers="one@example.net", body="Another matter."))
    new = move_mail(later.message_id or 0, None, desk.ada).came_to.id
    db.session.commit()
    assert reads(desk, DORA, new).strip() == "Another matter." and "Another" not in reads(desk, DORA, number(doras))
    undo_move(later.message_id or 0, desk.ada)
    db.session.commit()
    assert "Another matter." in reads(desk, DORA, number(doras)) and reads(desk, EVE, number(eves)).strip() == "A lamp is out."


def test_what_becomes_of_a_mail_is_told_where_its_message_stands_now(desk: Desk, doras: Became, eves: Became) -> None:
    desk.replies(number(doras))
    [mail] = desk.mails_out(doras.ticket_id)
    mail_id = mail.id
    desk.assigns(number(doras), desk.ben)
    desk.assigns(number(eves), desk.ada)
    merges(desk, number(doras), number(eves), by=desk.cleo)
    desk.happened()
    assert mail_out_seen_by(desk.person(desk.ada), "assigned", mail_id).id == mail_id
    with pytest.raises(NotFound):
        mail_out_seen_by(desk.person(desk.ben), "assigned", mail_id)
    cancel_mail(mail_id, desk.ada)
    db.session.commit()
    assert [event.ticket_id for event in desk.happened() if isinstance(event, DeliveryChanged)] == [eves.ticket_id]
    assert len(desk.timeline(eves.ticket_id, "delivery_cancelled")) == 1


def test_what_cannot_be_merged_stays_as_it_is(desk: Desk, doras: Became, eves: Became) -> None:
    billed = number(desk.takes_in(mail_from(DORA, to=BILLING), BILLING))
    closed = number(desk.takes_in(mail_from(DORA, subject="Done")))
    desk.sets(closed, Status.CLOSED)
    wanted: list[tuple[int, int, Actor, type[DeskError]]] = [
        (number(doras), number(doras), desk.ada, Conflict),
        (number(doras), billed, desk.ada, Invalid),
        (number(doras), closed, desk.ada, Conflict),
        (number(doras), 999_999, desk.ada, NotFound),
        (number(doras), number(eves), desk.customer(DORA), Forbidden),
    ]
    for ended, stays, by, refused in wanted:
        with pytest.raises(refused):
            merge(ended, stays, by)
        db.session.rollback()
    assert desk.ticket(doras.ticket_id).merged_into_id is None


# Splitting


def splits(desk: Desk, ticket_id: int, *message_ids: int | None) -> int:
    new = split(ticket_id, [each for each in message_ids if each], desk.ada, "A second matter").new.id
    db.session.commit()
    return new


def test_chosen_messages_get_a_ticket_of_their_own_and_come_back(desk: Desk, doras: Became) -> None:
    desk.assigns(number(doras), desk.ben)
    second = desk.takes_in(mail_from(DORA, answers="one@example.net", message_id="two@example.net", body="My lamp is broken too."))
    answer = desk.replies(number(doras), "We send a lamp.")
    before = looks(desk, number(doras))
    new_id = splits(desk, number(doras), second.message_id, answer.id)
    new = desk.ticket(new_id)
    assert [message.id for message in desk.messages_on(new_id)] == [second.message_id, answer.id]
    assert (new.subject, new.assigned_agent_id, new.message_count) == ("A second matter", desk.ben.id, 2)
    assert "lamp" in reads(desk, DORA, new_id) and "lamp" not in reads(desk, DORA, number(doras))
    assert desk.takes_in(mail_from(DORA, answers="two@example.net", body="Thanks.")).ticket_id == new_id
    with pytest.raises(Conflict, match="merge it back"):
        undo_split(new_id, desk.ada)
    db.session.rollback()
    other_id = splits(desk, new_id, answer.id, second.message_id)
    undo_split(other_id, desk.ada)
    db.session.commit()
    assert desk.ticket(other_id).merged_into_id == new_id and len(desk.messages_on(new_id)) == 3
    assert before[0]["people"] == looks(desk, number(doras))[0]["people"]


def test_a_participants_mail_split_off_shows_him_no_older_answer(desk: Desk, doras: Became) -> None:
    answer = desk.replies(number(doras), "The canarytwo is for Dora.")
    eves = desk.takes_in(mail_from(EVE, subject="x", body="Mine."), mail_from=EVE.address)
    merges(desk, number(eves), number(doras))
    new_id = splits(desk, number(doras), eves.message_id, answer.id)
    assert desk.ticket(new_id).customer_id == desk.person(EVE).id
    assert reads(desk, EVE, new_id).strip() == "Mine."
    assert "canarytwo" in reads(desk, DORA, number(doras))


def test_a_split_needs_a_customers_mail_and_leaves_one_behind(desk: Desk, doras: Became, eves: Became) -> None:
    answer = desk.replies(number(doras))
    tries: list[tuple[list[int | None], Actor, type[DeskError]]] = [
        ([answer.id], desk.ada, Invalid),
        ([], desk.ada, Invalid),
        ([doras.message_id, answer.id], desk.ada, Conflict),
        ([doras.message_id, eves.message_id], desk.ada, NotFound),
        ([doras.message_id], desk.customer(DORA), Forbidden),
    ]
    for ids, by, refused in tries:
        with pytest.raises(refused):
            split(number(doras), [each for each in ids if each], by)
        db.session.rollback()
    assert len(db.session.scalars(select(Message.id)).all()) == 3
    assert db.session.scalar(select(User.id).where(User.email == DORA.address))
