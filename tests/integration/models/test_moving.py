"""Moving a mail to another ticket or a new one: what goes along, who may, and the way back."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from models.actions.moving import Moved, move_mail, undo_move
from models.actor import Actor
from models.database import db
from models.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from models.events import TicketUpdated
from models.message import Message
from models.queries.custody import ledger
from models.ticket import Participant, Status
from tests.cast import BILLING, DORA, EVE, Became, Desk, mail_from


@dataclass(frozen=True)
class Case:
    """Dora's ticket with two mails of hers, and one of Eve's with a single mail."""

    doras: int
    first: Became
    second: Became
    eves: int
    eves_mail: Became


@pytest.fixture
def case(desk: Desk) -> Case:
    first = desk.takes_in(mail_from(DORA, message_id="one@example.net"))
    second = desk.takes_in(
        mail_from(DORA, message_id="two@example.net", answers="one@example.net", body="And my lamp is broken.")
    )
    eves = desk.takes_in(mail_from(EVE, message_id="eve@example.org"), mail_from=EVE.address)
    assert first.ticket_id == second.ticket_id and first.ticket_id and eves.ticket_id
    desk.heard.clear()
    return Case(first.ticket_id, first, second, eves.ticket_id, eves)


def moves(desk: Desk, mail: Became, to: int | None, by: Actor | None = None) -> Moved:
    assert mail.message_id is not None
    moved = move_mail(mail.message_id, to, by or desk.ada)
    db.session.commit()
    return moved


def undoes(desk: Desk, mail: Became) -> Moved:
    assert mail.message_id is not None
    moved = undo_move(mail.message_id, desk.ada)
    db.session.commit()
    return moved


def looks(desk: Desk, *ticket_ids: int) -> list[dict[str, Any]]:
    """What lists and answers go by, of each ticket."""
    columns = ("status", "message_count", "last_message_id", "last_direction", "preview", "merged_into_id", "closed_at")
    found = []
    for ticket_id in ticket_ids:
        ticket = desk.ticket(ticket_id)
        present = select(Participant.address).where(Participant.ticket_id == ticket_id, Participant.left_at.is_(None))
        people = sorted(db.session.scalars(present))
        found.append({name: getattr(ticket, name) for name in columns} | {"people": people})
    return found


def test_a_mail_moves_to_a_new_ticket_of_its_writer(desk: Desk, case: Case) -> None:
    moved = moves(desk, case.second, None)
    new = desk.ticket(moved.came_to.id)
    assert [message.id for message in desk.messages_on(new.id)] == [case.second.message_id]
    assert (new.message_count, new.preview, new.customer_id) == (1, "And my lamp is broken.", desk.person(DORA).id)
    old = desk.ticket(case.doras)
    assert (old.message_count, old.preview, old.last_message_id) == (1, "It should have come on Monday.", case.first.message_id)
    assert old.status == Status.OPEN and old.merged_into_id is None


def test_both_sides_tell_of_it_to_the_team_alone(desk: Desk, case: Case) -> None:
    moved = moves(desk, case.second, case.eves)
    [out] = desk.timeline(case.doras, "mail_moved_out")
    [came] = desk.timeline(case.eves, "mail_moved_in")
    assert (out.data["ref"], came.data["ref"]) == (moved.came_to.ref, moved.left.ref)
    assert out.is_internal and came.is_internal and out.actor_name == "Ada"
    assert {TicketUpdated(case.doras), TicketUpdated(case.eves)} <= set(desk.happened())


def test_later_mails_of_that_chain_follow_to_a_new_ticket(desk: Desk, case: Case) -> None:
    moved = moves(desk, case.second, None)
    follows = desk.takes_in(mail_from(DORA, answers="two@example.net", references=["one@example.net"]))
    assert (follows.decision, follows.ticket_id) == ("reply", moved.came_to.id)
    stays = desk.takes_in(mail_from(DORA, answers="one@example.net"))
    assert stays.ticket_id == case.doras


def test_and_to_somebody_elses_ticket_for_their_writer_takes_part_there(desk: Desk, case: Case) -> None:
    moves(desk, case.second, case.eves)
    follows = desk.takes_in(mail_from(DORA, answers="two@example.net"))
    assert (follows.decision, follows.ticket_id) == ("reply", case.eves)
    assert looks(desk, case.eves)[0]["people"] == [DORA.address, EVE.address]


def test_the_ledger_and_the_trace_say_where_it_is(desk: Desk, case: Case) -> None:
    moved = moves(desk, case.second, None)
    [became] = desk.became(case.second.inbound_id)
    assert became.ticket_id == moved.came_to.id
    assert ledger().balanced


def test_a_ticket_that_is_left_empty_ends_and_goes_on_in_the_other(desk: Desk, case: Case) -> None:
    moves(desk, case.eves_mail, case.doras)
    ended = desk.ticket(case.eves)
    assert (ended.status, ended.merged_into_id, ended.message_count, ended.preview) == (Status.CLOSED, case.doras, 0, "")
    assert desk.ticket(case.doras).message_count == 3


def test_what_a_customer_wrote_brings_a_resolved_ticket_back_to_work(desk: Desk, case: Case) -> None:
    desk.sets(case.eves, Status.RESOLVED)
    moves(desk, case.second, case.eves)
    assert desk.ticket(case.eves).status == Status.OPEN


@pytest.mark.parametrize("to_new", [True, False])
@pytest.mark.parametrize("whole_ticket", [True, False])
def test_a_move_is_taken_back_with_all_that_it_changed(desk: Desk, case: Case, to_new: bool, whole_ticket: bool) -> None:
    desk.sets(case.doras, Status.RESOLVED)
    mail = case.eves_mail if whole_ticket else case.second
    other = case.doras if whole_ticket else case.eves
    before = looks(desk, case.doras, case.eves)
    moved = moves(desk, mail, None if to_new else other)
    assert looks(desk, case.doras, case.eves) != before
    undoes(desk, mail)
    assert looks(desk, case.doras, case.eves) == before
    if to_new:
        ended = desk.ticket(moved.came_to.id)
        assert (ended.status, ended.merged_into_id) == (Status.CLOSED, case.eves if whole_ticket else case.doras)
    follows = desk.takes_in(mail_from(DORA, answers="one@example.net"))
    assert follows.ticket_id == case.doras


def test_a_held_mail_that_is_moved_to_a_ticket_of_its_own_is_held_no_longer(desk: Desk, case: Case) -> None:
    assert case.second.message_id is not None
    db.session.get_one(Message, case.second.message_id).held_reason = "a doubt"
    db.session.commit()
    moved = moves(desk, case.second, None)
    assert desk.messages_on(moved.came_to.id)[0].held_reason is None
    assert desk.ticket(moved.came_to.id).message_count == 1
    undoes(desk, case.second)
    assert desk.messages_on(case.doras)[1].held_reason == "a doubt"


def test_on_somebody_elses_ticket_it_stays_held_and_nobody_joins(desk: Desk, case: Case) -> None:
    assert case.second.message_id is not None
    db.session.get_one(Message, case.second.message_id).held_reason = "a doubt"
    db.session.commit()
    moves(desk, case.second, case.eves)
    assert desk.messages_on(case.eves)[0].held_reason == "a doubt"
    assert looks(desk, case.eves)[0]["people"] == [EVE.address]
    assert desk.ticket(case.eves).message_count == 1


def test_what_was_answered_on_a_new_ticket_cannot_be_taken_back(desk: Desk, case: Case) -> None:
    moved = moves(desk, case.second, None)
    desk.replies(moved.came_to.id)
    with pytest.raises(Conflict, match="by hand"):
        undoes(desk, case.second)


def test_a_move_is_taken_back_once(desk: Desk, case: Case) -> None:
    moves(desk, case.second, case.eves)
    undoes(desk, case.second)
    for mail in (case.second, case.first):
        with pytest.raises(Conflict):
            undoes(desk, mail)
        db.session.rollback()


def test_a_writer_who_has_written_there_since_stays(desk: Desk, case: Case) -> None:
    moves(desk, case.second, case.eves)
    desk.takes_in(mail_from(DORA, answers="two@example.net"))
    undoes(desk, case.second)
    assert DORA.address in looks(desk, case.eves)[0]["people"]


def refusals(desk: Desk, case: Case) -> list[tuple[int | None, int | None, Actor, type[DeskError]]]:
    mail, answer = case.second.message_id, desk.replies(case.doras).id
    billed = desk.takes_in(mail_from(DORA, to=BILLING), BILLING).ticket_id
    ended = moves(desk, case.eves_mail, case.doras).left.id
    return [
        (mail, case.doras, desk.ada, Conflict),
        (mail, billed, desk.ada, Invalid),
        (mail, 999_999, desk.ada, NotFound),
        (mail, ended, desk.ada, Conflict),
        (999_999, None, desk.ada, NotFound),
        (answer, None, desk.ada, Conflict),
        (mail, None, desk.customer(DORA), Forbidden),
    ]


def test_what_cannot_be_moved_stays_where_it_is(desk: Desk, case: Case) -> None:
    for message_id, to, by, refused in refusals(desk, case):
        assert message_id is not None
        with pytest.raises(refused):
            move_mail(message_id, to, by)
        db.session.rollback()
    assert case.second.message_id in [message.id for message in desk.messages_on(case.doras)]
