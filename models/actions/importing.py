"""Taking over the past: tickets and messages of before, with the dates they had.

Nothing here records an event or queues a mail, so no rule, worker, webhook or person is woken by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from models.actions.figures import count_anew
from models.actions.messages import MAX_BODY, MAX_PREVIEW, Received, keep, message_of
from models.actions.participants import MOST_ON_TICKET, Newcomer
from models.actions.people import customer_for
from models.actions.references import remember_message_id
from models.actions.tickets import MAX_DESCRIPTION, MAX_SUBJECT, clean_tags
from models.actor import IMPORT, Actor
from models.coming_from_elsewhere import ImportedTicket
from models.custody import InboundMessage
from models.database import db
from models.freemail import domain_counted
from models.message import Direction, Message
from models.people import User
from models.text import clean_text
from models.ticket import ACTIVE, Participant, Priority, Status, Ticket, ref_of, ticket_ids
from models.timeline import TimelineEntry

MAILS = "mail"  # the source of tickets that were put together from mails
AT_ONCE = 500  # tickets brought to rest in one transaction


@dataclass(frozen=True)
class PastTicket:
    """A ticket as it was. `asked_by` is its customer, `address` normalised, '' where he has none."""

    mailbox_id: int
    asked_by: User
    address: str
    subject: str
    description: str
    opened_at: datetime
    address_as_written: str = ""
    status: str = Status.OPEN
    priority: str = Priority.MEDIUM
    agent_id: int | None = None
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class PastMessage:
    """Something that was said; `received` holds the words, whoever said them."""

    direction: str
    at: datetime
    received: Received = field(repr=False)


def take_over_ticket(past: PastTicket, source: str = MAILS, external_id: str = "") -> Ticket:
    """Open a ticket of the past. Nobody is given it, and nobody hears of it."""
    ticket_id = db.session.scalar(select(ticket_ids.next_value()))
    assert ticket_id is not None
    ticket = Ticket(
        id=ticket_id,
        ref=ref_of(ticket_id),
        mailbox_id=past.mailbox_id,
        customer_id=past.asked_by.id,
        assigned_agent_id=past.agent_id,
        subject=clean_text(past.subject, MAX_SUBJECT),
        description=clean_text(past.description, MAX_DESCRIPTION),
        status=past.status,
        priority=past.priority,
        tags=clean_tags(list(past.tags)[:50]),
        from_domain=domain_counted(past.address),
        created_at=past.opened_at,
        updated_at=past.opened_at,
        waits_for_agent=False,
        message_count=0,
    )
    db.session.add(ticket)
    db.session.flush()
    db.session.add(ImportedTicket(source=source, external_id=external_id or str(ticket_id), ticket_id=ticket_id))
    if past.address:
        take_part(ticket, Newcomer(past.address, past.address_as_written or past.address), past.asked_by, "requester", past.opened_at)
    note(ticket.id, "created", IMPORT, past.opened_at, imported=source)
    return ticket


def take_part(ticket: Ticket, who: Newcomer, person: User, role: str, at: datetime) -> None:
    """Let him be one of those who took part; whoever is there already stays what he is."""
    there = insert(Participant).values(
        ticket_id=ticket.id,
        user_id=person.id,
        address=who.address,
        address_as_written=clean_text(who.address_as_written, 320),
        role=role,
        joined_at=at,
    )
    db.session.execute(there.on_conflict_do_nothing(index_elements=["ticket_id", "address"]))


def let_join(ticket: Ticket, newcomers: Sequence[Newcomer], at: datetime) -> None:
    """Whom the team wrote to took part in the matter."""
    there = select(Participant.address).where(Participant.ticket_id == ticket.id)
    known = set(db.session.scalars(there))
    fresh = [each for each in newcomers if each.address not in known]
    for each in fresh[: max(MOST_ON_TICKET - len(known), 0)]:
        take_part(ticket, each, customer_for(each.address, each.name), "cc", at)


def take_over_message(ticket: Ticket, past: PastMessage) -> Message:
    """Add what was said to the locked ticket. Held words are kept apart, as ever."""
    said = past.received
    message = message_of(ticket, said, past.direction, created_at=past.at)
    keep(message, said.files)
    if said.rfc_message_id:
        remember_message_id(message.id, "in", said.rfc_message_id)
    is_apart = said.held_reason is not None
    if not is_apart and past.direction != Direction.NOTE:
        count_in(ticket, message, said.shown or said.body, past.at)
    kind = "held" if is_apart else {Direction.OUT: "replied", Direction.NOTE: "noted"}.get(Direction(past.direction), "received")
    actor = Actor(said.author_id or None, said.author_name, "customer")
    note(ticket.id, kind, actor, past.at, message_id=message.id, is_internal=is_apart or past.direction == Direction.NOTE)
    return message


def count_in(ticket: Ticket, message: Message, words: str, at: datetime) -> None:
    """Count a public message of the locked ticket; it stands last only where nothing later was said."""
    ticket.message_count += 1
    if message.direction == Direction.OUT and (ticket.first_response_at is None or at < ticket.first_response_at):
        ticket.first_response_at = at
    last = db.session.get(Message, ticket.last_message_id) if ticket.last_message_id is not None else None
    if last is None or last.created_at <= at:
        ticket.last_message_id = message.id
        ticket.last_direction = message.direction
        ticket.preview = " ".join(clean_text(words, MAX_BODY).split())[:MAX_PREVIEW]
        ticket.updated_at = max(ticket.updated_at, at)


def note(ticket_id: int, kind: str, actor: Actor, at: datetime, *, message_id: int | None = None, is_internal: bool = False, **data: Any) -> None:
    """A line of the timeline, of then."""
    db.session.add(
        TimelineEntry(
            ticket_id=ticket_id, kind=kind, actor_id=actor.id, actor_name=actor.name, message_id=message_id,
            is_internal=is_internal, data=data, created_at=at,
        )  # fmt: skip
    )


def bring_to_rest(closed_before: datetime) -> int:
    """Close imported tickets on which nothing was said since; others wait for whoever has to speak. How many were changed.

    Only what has been left as the import made it: a ticket with anything of this desk on it is in use. At most some
    hundred in one transaction; the caller commits, and comes again until there are none.
    """
    lived_on = exists().where(
        Message.ticket_id == Ticket.id,
        ~exists().where(InboundMessage.id == Message.inbound_id, InboundMessage.origin == "import"),
    )
    last_said = select(Message.created_at).where(Message.id == Ticket.last_message_id).scalar_subquery()
    is_old = func.coalesce(last_said, Ticket.created_at) < closed_before
    answered = (Ticket.last_direction == "out") & (Ticket.status == Status.OPEN)
    at_rest = (
        select(Ticket.id, Ticket.status, func.coalesce(last_said, Ticket.created_at), is_old)
        .join(ImportedTicket, ImportedTicket.ticket_id == Ticket.id)
        .where(
            ImportedTicket.source == MAILS,
            Ticket.status.in_(ACTIVE),
            Ticket.assigned_agent_id.is_(None),
            (is_old | answered),
            ~lived_on,
        )
        .limit(AT_ONCE)
        .with_for_update(of=Ticket, skip_locked=True)
    )
    found = db.session.execute(at_rest).all()
    for ticket_id, before, at, over in found:
        after = Status.CLOSED if over else Status.WAITING_ON_CUSTOMER
        ended = {"resolved_at": at, "closed_at": at} if over else {}
        db.session.execute(
            update(Ticket).where(Ticket.id == ticket_id).values(status=after, **ended).execution_options(synchronize_session=False)
        )
        note(ticket_id, "status", IMPORT, at, before=before, after=after)
    return len(found)


def came_to_rest(ticket: Ticket, at: datetime) -> None:
    """The ticket, resolved or closed where it comes from, had its end at that time: reports count it then."""
    ticket.resolved_at = at
    ticket.closed_at = at if ticket.status == Status.CLOSED else None
    note(ticket.id, "status", IMPORT, at, before=Status.OPEN, after=ticket.status)


def taken_over(source: str, external_ids: Sequence[str]) -> set[str]:
    """Those of the other helpdesk's tickets that are here already."""
    known = select(ImportedTicket.external_id).where(
        ImportedTicket.source == source, ImportedTicket.external_id.in_(external_ids)
    )
    return set(db.session.scalars(known))


def end_of_import(since: datetime | None) -> None:
    """The past has changed: reports count its days anew."""
    if since is not None:
        count_anew(since.date())
