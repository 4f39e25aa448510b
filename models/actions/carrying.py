"""Carrying many messages from one locked ticket to another, and back: what merging and splitting have in common."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select, update

from models.actions.moving import count_again
from models.custody import InboundDelivery
from models.database import db
from models.message import Message
from models.ticket import Ticket
from models.timeline import TimelineEntry

Carried = list[list[int | None]]  # each message's id and the ticket where its customer read it before


def carry_all(message_ids: Collection[int], left: Ticket, came_to: Ticket) -> Carried:
    """Bring messages over, with what the ledger says of them and the figures of both tickets; what undoing needs."""
    messages = db.session.scalars(
        select(Message).where(Message.id.in_(message_ids), Message.ticket_id == left.id).order_by(Message.id).with_for_update()
    ).all()
    carried: Carried = [[message.id, message.audience_id] for message in messages]
    for message in messages:
        message.ticket_id = came_to.id
        message.audience_id = audience_after(message, left, came_to)
    settle(left, came_to, [message.id for message in messages])
    return carried


def audience_after(message: Message, left: Ticket, came_to: Ticket) -> int | None:
    """Where customers read the message from now on, if not on the ticket it comes to.

    Nobody gets to read what was said to another customer by two tickets becoming one, or one becoming two: what a
    customer has not written himself stays where he could read it.
    """
    if message.author_id == came_to.customer_id and message.direction == "in":
        return None
    home = message.audience_id or left.id
    return None if db.session.get_one(Ticket, home).customer_id == came_to.customer_id else home


def carry_back(carried: Sequence[Sequence[int | None]], left: Ticket, came_to: Ticket) -> None:
    """Bring back what is still on `left`, each message read by whom it was read before."""
    audiences = dict(carried)
    messages = db.session.scalars(
        select(Message).where(Message.id.in_(audiences), Message.ticket_id == left.id).order_by(Message.id).with_for_update()
    ).all()
    for message in messages:
        message.ticket_id = came_to.id
        message.audience_id = audiences[message.id]
    settle(left, came_to, [message.id for message in messages])


def settle(left: Ticket, came_to: Ticket, message_ids: Collection[int]) -> None:
    db.session.flush()
    db.session.execute(update(InboundDelivery).where(InboundDelivery.message_id.in_(message_ids)).values(ticket_id=came_to.id))
    for ticket in (left, came_to):
        count_again(ticket)
        ticket.updated_at = func.clock_timestamp()
    db.session.flush()


def last_entry(ticket_id: int, kind: str) -> TimelineEntry | None:
    """The last line of that kind on a ticket."""
    lines = select(TimelineEntry).where(TimelineEntry.ticket_id == ticket_id, TimelineEntry.kind == kind)
    return db.session.scalars(lines.order_by(TimelineEntry.id.desc()).limit(1)).first()


def undo_of(entry: TimelineEntry | None) -> dict[str, Any] | None:
    """What a line of the timeline knows about taking itself back; None where it was taken back, or never was."""
    return entry.data.get("undo") if entry is not None else None
