"""Assignment: waiting tickets go to agents who say that they are at work, and never beyond what one can hold.

A person may always give a ticket to whom he likes (`models/actions/tickets.py`); the limits here bind the desk alone.

Locks, in this order: the ticket, the desk's assigning as such, the agents at work. Two assignments at once so take
turns, and a person who assigns by hand (ticket, then agent) meets them in the same order. `set_availability` comes
without a ticket and takes those that nobody holds.
"""

from collections.abc import Sequence

from sqlalchemy import func, select, text, update

from models.actions.tickets import give, lock_ticket
from models.actor import ASSIGNMENT, Actor
from models.assignment_rules import Candidate, least_busy
from models.database import db
from models.errors import Forbidden, Invalid, NotFound
from models.people import STAFF, User
from models.ticket import WAITING_FOR_AGENT, Ticket

MOST_CAPACITY = 1000
MOST_AT_ONCE = 50  # tickets picked up when an agent comes online; the sweep sees to the rest

ACTIVE_TICKET = text("ticket.status NOT IN ('RESOLVED', 'CLOSED')")  # the words of the index


def assign_waiting_ticket(ticket_id: int) -> User | None:
    """Give the ticket to the least busy agent at work. None when it does not wait, or nobody has room. Raises `NotFound`."""
    ticket = lock_ticket(ticket_id)
    if not is_waiting(ticket):
        return None
    one_assignment_at_a_time()
    return give_to_least_busy(ticket)


def set_availability(user_id: int, is_available: bool, capacity: int | None, actor: Actor) -> User:
    """Go online or offline, with room for so many active tickets; `capacity` None leaves it as it is.

    Going online picks up the tickets that wait, those that were laid down by hand among them. Going offline keeps
    what one has. Raises `Invalid`, `Forbidden`, `NotFound`.
    """
    if actor.id != user_id and actor.role != "admin":
        raise Forbidden("an agent goes online and offline himself; an administrator may do it for others")
    if capacity is not None and not 0 <= capacity <= MOST_CAPACITY:
        raise Invalid("capacity", f"a capacity is a number from 0 to {MOST_CAPACITY}")
    one_assignment_at_a_time()
    user = db.session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None or user.role not in STAFF or not user.is_active:
        raise NotFound("there is no such agent")
    comes_online = is_available and not user.is_available
    user.is_available = is_available
    user.capacity = user.capacity if capacity is None else capacity
    db.session.flush()
    if comes_online:
        take_up_what_was_laid_down()
    if is_available:
        assign_what_waits()
    return user


def assign_what_waits() -> int:
    """Give out the waiting tickets that nobody holds, the most urgent and then the oldest first. How many went."""
    given = 0
    for ticket in waiting_tickets():
        if give_to_least_busy(ticket) is None:
            break
        given += 1
    return given


def give_to_least_busy(ticket: Ticket) -> User | None:
    """Give a locked ticket away while no other assignment runs, and write down why this agent got it."""
    candidates = candidates_at_work()
    chosen = least_busy(candidates)
    if chosen is None:
        return None
    agent = db.session.get_one(User, chosen.agent_id)
    give(
        ticket,
        agent,
        ASSIGNMENT,
        load=chosen.load + 1,
        capacity=chosen.capacity,
        available=len(candidates),
    )
    return agent


def candidates_at_work() -> list[Candidate]:
    """The agents at work with their loads, held until the transaction ends: nobody gives them a ticket meanwhile."""
    at_work = (
        select(User)
        .where(User.role.in_(STAFF), User.is_active, User.is_available)
        .order_by(User.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    agents = db.session.scalars(at_work).all()
    loads = loads_of([agent.id for agent in agents])
    return [Candidate(each.id, loads.get(each.id, 0), each.capacity, each.last_assigned_at) for each in agents]


def loads_of(agent_ids: Sequence[int]) -> dict[int, int]:
    """How many active tickets each of these agents has; who has none is left out."""
    db.session.flush()
    held = select(Ticket.assigned_agent_id, func.count()).where(
        Ticket.assigned_agent_id.in_(agent_ids), ACTIVE_TICKET
    )
    return {agent_id: load for agent_id, load in db.session.execute(held.group_by(Ticket.assigned_agent_id)) if agent_id}


def waiting_tickets() -> Sequence[Ticket]:
    """Some of the tickets that wait, locked, without those that somebody else is just seeing to."""
    urgency = func.array_position(text("ARRAY['URGENT', 'HIGH', 'MEDIUM', 'LOW']"), Ticket.priority)
    waiting = select(Ticket).where(text(WAITING_FOR_AGENT)).order_by(urgency, Ticket.id).limit(MOST_AT_ONCE)
    return db.session.scalars(
        waiting.with_for_update(skip_locked=True, of=Ticket), execution_options={"populate_existing": True}
    ).all()


def take_up_what_was_laid_down() -> None:
    """Whoever comes online gets also what a person took back and left to nobody."""
    laid_down = select(Ticket.id).where(
        Ticket.assigned_agent_id.is_(None), Ticket.status == "OPEN", Ticket.waits_for_agent.is_(False)
    )
    chosen = laid_down.with_for_update(skip_locked=True)
    db.session.execute(
        update(Ticket).where(Ticket.id.in_(chosen)).values(waits_for_agent=True),
        execution_options={"synchronize_session": False},
    )


def is_waiting(ticket: Ticket) -> bool:
    return ticket.waits_for_agent and ticket.assigned_agent_id is None and ticket.status == "OPEN"


def one_assignment_at_a_time() -> None:
    """Held until the transaction ends."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('assignment', 0))"))
