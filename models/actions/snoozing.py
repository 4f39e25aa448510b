"""Snoozing: a ticket leaves the lists until a time, and comes back then or when its customer writes."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from models.actions.reading import make_unread
from models.actions.tickets import lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import SNOOZE, Actor
from models.database import db
from models.errors import Conflict, Forbidden, Invalid
from models.events import TicketUpdated, record
from models.ticket import ACTIVE, Ticket

SHORTEST = timedelta(seconds=30)
LONGEST = timedelta(days=366)
MOST_AT_ONCE = 200


def snooze(ticket_id: int, until: datetime, actor: Actor) -> Ticket:
    """Take a ticket out of the lists until a moment with a zone. Raises `Forbidden`, `Invalid`, `Conflict`."""
    if not actor.is_staff:
        raise Forbidden("only the team snoozes tickets")
    if until.tzinfo is None or not SHORTEST <= until - datetime.now(UTC) <= LONGEST:
        raise Invalid("until", "a ticket can be snoozed until a time in the future, within a year")
    ticket = lock_ticket(ticket_id)
    if ticket.status not in ACTIVE:
        raise Conflict(f"{ticket.ref} is finished: there is nothing to come back to")
    if ticket.snoozed_until == until:
        return ticket
    ticket.snoozed_until = until
    note_on_timeline(ticket.id, "snoozed", actor, is_internal=True, until=until.isoformat())
    record(TicketUpdated(ticket.id))
    return ticket


def unsnooze(ticket_id: int, actor: Actor) -> Ticket:
    """Bring a ticket back now. One that does not sleep stays as it is. Raises `Forbidden`."""
    if not actor.is_staff:
        raise Forbidden("only the team snoozes tickets")
    ticket = lock_ticket(ticket_id)
    wake(ticket, actor, "by_hand")
    return ticket


def wake(ticket: Ticket, actor: Actor, why: str) -> None:
    """Bring a locked ticket back into the lists; `why` is 'time', 'reply' or 'by_hand', for the timeline."""
    if ticket.snoozed_until is None:
        return
    ticket.snoozed_until = None
    ticket.updated_at = func.clock_timestamp()
    note_on_timeline(ticket.id, "woken", actor, is_internal=True, why=why)
    record(TicketUpdated(ticket.id))
    if why == "time" and ticket.assigned_agent_id is not None:
        make_unread(ticket.assigned_agent_id, ticket.id)


def wake_what_is_due() -> int:
    """Bring back what has slept long enough, some at a time; how many. Those that somebody else holds come next time."""
    due = select(Ticket).where(Ticket.snoozed_until <= func.clock_timestamp()).order_by(Ticket.snoozed_until)
    due = due.limit(MOST_AT_ONCE).with_for_update(skip_locked=True, of=Ticket)
    tickets = db.session.scalars(due, execution_options={"populate_existing": True}).all()
    for ticket in tickets:
        wake(ticket, SNOOZE, "time")
    return len(tickets)
