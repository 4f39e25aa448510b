"""Waiting tickets go to agents at work with room, one at a time however many ask, and the timeline says why."""

import random
import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import func, select

from jobs.assignment import assign_ticket, assign_waiting
from models.actions.assignment import set_availability
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE, Actor
from models.database import db
from models.errors import Forbidden, Invalid, NotFound
from models.people import Role
from models.queries.assignment import active_count, can_assign
from models.ticket import Ticket
from tests.cast import DORA, Desk
from webapp.factory import create_app
from webapp.inbox.happenings import words_of


def opens(desk: Desk, count: int = 1, **more: str) -> list[int]:
    """Dora opens tickets; nobody is told yet."""
    dora = customer_for(DORA.address, DORA.name)
    made = [open_ticket(desk.support, dora, DORA.address, "Where?", "", MAIL_GATE, **more).id for _ in range(count)]
    db.session.commit()
    return made


def at_work(desk: Desk, agent: Actor, capacity: int = 10, by: Actor | None = None) -> None:
    set_availability(agent.id, True, capacity, by or agent)
    db.session.commit()


def holders(desk: Desk) -> dict[int, str | None]:
    names = {desk.ada.id: "ada", desk.ben.id: "ben", desk.cleo.id: "cleo"}
    return {ticket.id: names.get(ticket.assigned_agent_id) for ticket in desk.tickets()}


def test_a_new_agent_is_not_at_work_until_he_says_so(desk: Desk) -> None:
    [ticket_id] = opens(desk)
    assign_ticket(ticket_id=ticket_id)
    assert holders(desk) == {ticket_id: None}
    assert not can_assign()


def test_a_new_ticket_goes_to_the_least_busy_and_the_timeline_says_why(desk: Desk) -> None:
    at_work(desk, desk.ada)
    at_work(desk, desk.ben)
    for ticket_id in opens(desk, 2):
        desk.assigns(ticket_id, desk.ada)
    [ticket_id] = opens(desk)
    assign_ticket(ticket_id=ticket_id)
    assert desk.ticket(ticket_id).status == "ASSIGNED" and holders(desk)[ticket_id] == "ben"
    [entry] = desk.timeline(ticket_id, "assigned")
    assert entry.actor_name == "Assignment"
    with create_app(desk.settings).test_request_context():
        said = words_of(entry)
    assert said == "assigned this to Ben: 1 of 10, least busy of 2 available"


def test_resolved_and_closed_tickets_weigh_nothing(desk: Desk) -> None:
    at_work(desk, desk.ada, 1)
    first, second = opens(desk, 2)
    assign_ticket(ticket_id=first)
    assign_ticket(ticket_id=second)
    assert holders(desk) == {first: "ada", second: None}
    desk.sets(first, "RESOLVED")
    assign_waiting()
    assert holders(desk)[second] == "ada"


def test_ties_go_round(desk: Desk) -> None:
    for agent in (desk.ada, desk.ben, desk.cleo):
        at_work(desk, agent)
    for ticket_id in opens(desk, 6):
        assign_ticket(ticket_id=ticket_id)
    assert list(holders(desk).values()) == ["ada", "ben", "cleo"] * 2


def test_going_online_picks_up_what_waits_the_most_urgent_first(desk: Desk) -> None:
    calm = opens(desk, 2)
    [urgent] = opens(desk, priority="URGENT")
    at_work(desk, desk.ada, 2)
    assert holders(desk) == {calm[0]: "ada", calm[1]: None, urgent: "ada"}
    assert active_count(desk.ada.id) == 2


def test_what_was_laid_down_by_hand_waits_for_hands_or_for_the_next_who_comes_online(desk: Desk) -> None:
    at_work(desk, desk.ada)
    [ticket_id] = opens(desk)
    assign_ticket(ticket_id=ticket_id)
    desk.assigns(ticket_id, None, by=desk.ada)
    assign_ticket(ticket_id=ticket_id)
    assign_waiting()
    assert holders(desk) == {ticket_id: None}
    at_work(desk, desk.ben)
    assert holders(desk)[ticket_id] is not None


def test_going_offline_keeps_what_one_has_and_brings_no_more(desk: Desk) -> None:
    at_work(desk, desk.ada)
    first, second = opens(desk, 2)
    assign_ticket(ticket_id=first)
    set_availability(desk.ada.id, False, None, desk.ada)
    db.session.commit()
    assign_ticket(ticket_id=second)
    assert holders(desk) == {first: "ada", second: None}


def test_a_person_may_give_beyond_the_capacity_and_the_desk_then_gives_no_more(desk: Desk) -> None:
    at_work(desk, desk.ada, 1)
    first, second, third = opens(desk, 3)
    desk.assigns(first, desk.ada)
    desk.assigns(second, desk.ada)
    assign_ticket(ticket_id=third)
    assert holders(desk) == {first: "ada", second: "ada", third: None}


def test_whoever_left_the_team_gets_nothing(desk: Desk) -> None:
    at_work(desk, desk.ada)
    desk.person(desk.ada).is_active = False
    db.session.commit()
    [ticket_id] = opens(desk)
    assign_ticket(ticket_id=ticket_id)
    assert holders(desk) == {ticket_id: None}


def test_a_bell_for_a_ticket_that_is_gone_or_rings_twice_does_nothing(desk: Desk) -> None:
    at_work(desk, desk.ada)
    at_work(desk, desk.ben)
    [ticket_id] = opens(desk)
    for _ in range(2):
        assign_ticket(ticket_id=ticket_id)
    assign_ticket(ticket_id=ticket_id + 1000)
    assert len(desk.timeline(ticket_id, "assigned")) == 1


def test_only_oneself_or_an_administrator_changes_availability(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        set_availability(desk.ada.id, True, 5, desk.ben)
    set_availability(desk.ada.id, True, 5, desk.cleo)
    eve = desk.hires("eve", Role.CUSTOMER)
    with pytest.raises(NotFound):
        set_availability(eve.id, True, 5, eve)
    with pytest.raises(Invalid):
        set_availability(desk.ada.id, True, -1, desk.ada)
    db.session.rollback()


@pytest.mark.parametrize("seed", range(3))
def test_many_assignments_at_once_never_put_anybody_over_capacity(desk: Desk, seed: int) -> None:
    """Real connections, real locks: workers, agents who come online and people who assign, all at once."""
    dice = random.Random(seed)
    capacities = {agent.id: dice.randint(1, 4) for agent in (desk.ada, desk.ben, desk.cleo)}
    by_hand, *tickets = opens(desk, 15)
    for agent_id, capacity in capacities.items():
        set_availability(agent_id, False, capacity, desk.cleo)
    db.session.commit()
    works = [lambda ticket_id=ticket_id: assign_ticket(ticket_id=ticket_id) for ticket_id in tickets]
    works += [lambda agent_id=agent_id: online(agent_id, desk.cleo) for agent_id in capacities]
    works += [assign_waiting, lambda: desk.assigns(by_hand, desk.ada)]
    dice.shuffle(works)
    troubles = all_at_once(desk, works)
    assign_waiting()
    assert troubles == []
    held = dict(db.session.execute(select(Ticket.assigned_agent_id, func.count()).group_by(Ticket.assigned_agent_id)).all())
    free_hand = {desk.ada.id: 1}  # what a person gives counts, but is not refused
    assert all(held.get(each, 0) <= most + free_hand.get(each, 0) for each, most in capacities.items())
    assert sum(held.get(each, 0) for each in capacities) >= min(15, sum(capacities.values()))


def online(agent_id: int, by: Actor) -> None:
    set_availability(agent_id, True, None, by)
    db.session.commit()


def all_at_once(desk: Desk, works: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Run each work in a thread and a session of its own, from one start; what went wrong."""
    troubles: list[BaseException] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        with desk.app.app_context():
            gate.wait(20)
            try:
                work()
            except BaseException as trouble:
                troubles.append(trouble)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return troubles
