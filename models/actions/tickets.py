"""What may be done to a ticket: open it, change its status, assign it, edit it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from models.actions.notices import tell_of_assignment, tell_of_status
from models.actions.numbers import reserved_number
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.database import db
from models.errors import Conflict, Forbidden, IllegalMove, Invalid, NotFound
from models.events import StatusChanged, TicketAssigned, TicketCreated, TicketUpdated, record
from models.freemail import domain_counted
from models.moves import allowed_moves, may_move, status_after_assigning
from models.people import STAFF, User
from models.text import clean_text
from models.ticket import Participant, Priority, Status, Ticket, ref_of, ticket_ids
from models.timeline import TimelineEntry

MAX_SUBJECT = 998
MAX_DESCRIPTION = 500_000
MAX_TAGS = 50
MAX_TAG = 60


def open_ticket(
    mailbox_id: int,
    customer: User,
    address: str,
    subject: str,
    description: str,
    actor: Actor,
    *,
    address_as_written: str = "",
    priority: str = Priority.MEDIUM,
    follow_up_of_id: int | None = None,
    tags: Sequence[str] = (),
    flood_of: str | None = None,
    takes_automatic_mail: bool = True,
) -> Ticket:
    """Open a ticket for `customer`, who writes from the normalised `address` and gets its answers there.

    Somebody without an address ('') reads them in the portal. With `takes_automatic_mail` False nobody on it gets a
    machine's mail, ever: a machine, a list or nobody one can believe opened it.
    """
    reserved = reserved_number(ticket_ids)
    ticket_id = db.session.scalars(select(ticket_ids.next_value())).one() if reserved is None else reserved
    ticket = Ticket(
        id=ticket_id,
        ref=ref_of(ticket_id),
        mailbox_id=mailbox_id,
        customer_id=customer.id,
        subject=clean_text(subject, MAX_SUBJECT),
        description=clean_text(description, MAX_DESCRIPTION),
        status=Status.OPEN,
        priority=Priority(priority),
        follow_up_of_id=follow_up_of_id,
        tags=list(tags),
        from_domain=domain_counted(address),
        flood_of=flood_of,
        takes_automatic_mail=takes_automatic_mail,
        message_count=0,
    )
    db.session.add(ticket)
    if reserved is None:
        db.session.flush()
    if address:
        take_part_as_requester(ticket, address, address_as_written or address)
    note_on_timeline(ticket.id, "created", actor, follow_up_of=follow_up_of_id)
    if follow_up_of_id is not None:
        note_on_timeline(follow_up_of_id, "followed_up", actor, is_internal=True, ticket=ticket.id, ref=ticket.ref)
    record(TicketCreated(ticket.id))
    return ticket


def take_part_as_requester(ticket: Ticket, address: str, address_as_written: str) -> None:
    """The new ticket's customer gets its answers at this address."""
    written = clean_text(address_as_written, 320)
    requester = Participant(
        ticket_id=ticket.id, user_id=ticket.customer_id, address=address, address_as_written=written, role="requester"
    )
    db.session.add(requester)


def lock_tickets(wanted: Collection[int]) -> dict[int, Ticket]:
    """As `lock_ticket`, all at once and in one order: two who lock the same ones do not wait for each other in a ring.

    What is no ticket is left out.
    """
    if not wanted:
        return {}
    locked = select(Ticket).where(Ticket.id.in_(wanted)).order_by(Ticket.id).with_for_update()
    return {ticket.id: ticket for ticket in db.session.scalars(locked, execution_options={"populate_existing": True})}


def lock_ticket(ticket_id: int) -> Ticket:
    """The ticket, held against every other writer until the transaction ends. Raises `NotFound`."""
    ticket = db.session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if ticket is None:
        raise NotFound("there is no such ticket")
    return ticket


def lock_living(ticket_id: int) -> Ticket:
    """As `lock_ticket`. Raises `Conflict` where the ticket goes on in another one."""
    ticket = lock_ticket(ticket_id)
    refuse_merged(ticket)
    return ticket


def refuse_merged(ticket: Ticket) -> None:
    if ticket.merged_into_id is not None:
        raise Conflict(f"{ticket.ref} goes on in {ref_of(ticket.merged_into_id)}: do it there")


def set_status(ticket_id: int, status: str, actor: Actor) -> Ticket:
    """Give the ticket a status by hand. The same status again changes nothing.

    Raises `Invalid`, `IllegalMove`, `Conflict` where it goes on in another ticket.
    """
    ticket = lock_ticket(ticket_id)
    entry = move(ticket, status, actor)
    if entry is not None:
        tell_of_status(ticket, entry, actor)
    return ticket


def move(ticket: Ticket, status: str, actor: Actor) -> TimelineEntry | None:
    """Bring a locked ticket to a status its actor chose, as the moves allow; None where it had it. Tells nobody."""
    if status not in list(Status):
        raise Invalid("status", f"a status is one of {', '.join(Status)}")
    if ticket.status == status:
        return None
    has_agent = ticket.assigned_agent_id is not None
    if not may_move(ticket.status, status, has_agent, actor.is_staff):
        raise IllegalMove(ticket.status, status, allowed_moves(ticket.status, has_agent, actor.is_staff))
    refuse_merged(ticket)  # reopened, it would stand in the lists without a word on it
    return change_status(ticket, status, actor)


def change_status(ticket: Ticket, status: str, actor: Actor) -> TimelineEntry | None:
    """Bring a locked ticket to `status`, whatever the moves say: for what follows from something else."""
    if ticket.status == status:
        return None
    before, ticket.status = ticket.status, status
    now = datetime.now(UTC)
    ticket.resolved_at = now if status == Status.RESOLVED else ticket.resolved_at if status == Status.CLOSED else None
    ticket.closed_at = now if status == Status.CLOSED else None
    if status in (Status.RESOLVED, Status.CLOSED):
        ticket.snoozed_until = None  # what is finished has nothing to come back to
    ticket.updated_at = func.clock_timestamp()
    entry = note_on_timeline(ticket.id, "status", actor, before=before, after=status)
    record(StatusChanged(ticket.id, status))
    return entry


def assign(ticket_id: int, agent_id: int | None, actor: Actor) -> Ticket:
    """Give the ticket to an agent, or to nobody. Raises `Forbidden`, `Invalid` for someone who cannot hold tickets."""
    if not actor.is_staff:
        raise Forbidden("only agents assign tickets")
    ticket = lock_ticket(ticket_id)
    if ticket.assigned_agent_id == agent_id:
        return ticket
    agent = None if agent_id is None else db.session.get(User, agent_id)
    if agent_id is not None and (agent is None or agent.role not in STAFF or not agent.is_active):
        raise Invalid("assigned_agent", "tickets go to active agents and administrators only")
    give(ticket, agent, actor)
    return ticket


def give(ticket: Ticket, agent: User | None, actor: Actor, **why: Any) -> None:
    """Bring a locked ticket into the hands of `agent`, or of nobody; `why` goes to the timeline."""
    before, after = ticket.assigned_agent_id, agent.id if agent else None
    ticket.assigned_agent_id = after
    ticket.waits_for_agent = False
    ticket.updated_at = func.clock_timestamp()
    if agent is not None:
        agent.last_assigned_at = func.clock_timestamp()
    name = agent.name if agent else None
    entry = note_on_timeline(ticket.id, "assigned", actor, before=before, after=after, name=name, **why)
    record(TicketAssigned(ticket.id, after, before))
    change_status(ticket, status_after_assigning(ticket.status, agent is not None), actor)
    tell_of_assignment(ticket, entry)


def edit_ticket(
    ticket_id: int,
    actor: Actor,
    *,
    subject: str | None = None,
    priority: str | None = None,
    tags: list[str] | None = None,
) -> Ticket:
    """Change subject, priority or tags; what is None stays. Raises `Invalid`, `Forbidden`."""
    if not actor.is_staff:
        raise Forbidden("only agents edit tickets")
    wanted: dict[str, object] = {}
    if subject is not None:
        wanted["subject"] = clean_subject(subject)
    if priority is not None:
        if priority not in list(Priority):
            raise Invalid("priority", f"a priority is one of {', '.join(Priority)}")
        wanted["priority"] = priority
    if tags is not None:
        wanted["tags"] = clean_tags(tags)
    ticket = lock_ticket(ticket_id)
    changed = {name: value for name, value in wanted.items() if getattr(ticket, name) != value}
    for name, value in changed.items():
        note_on_timeline(ticket.id, name, actor, before=getattr(ticket, name), after=value)
        setattr(ticket, name, value)
    if changed:
        ticket.updated_at = func.clock_timestamp()
        record(TicketUpdated(ticket.id))
    return ticket


def clean_subject(subject: str) -> str:
    subject = " ".join(clean_text(subject, MAX_SUBJECT).split())
    if not subject:
        raise Invalid("subject", "a ticket needs a subject")
    return subject


def clean_tags(tags: list[str]) -> list[str]:
    """The tags in lower case, each once, in the order given. Raises `Invalid` for too many."""
    cleaned = dict.fromkeys(" ".join(clean_text(tag, MAX_TAG).lower().split()) for tag in tags)
    cleaned.pop("", None)
    if len(cleaned) > MAX_TAGS:
        raise Invalid("tags", f"a ticket has at most {MAX_TAGS} tags")
    return list(cleaned)


