"""Splitting messages off into a ticket of their own, and taking that back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.actions.carrying import carry_all, carry_back, last_entry, undo_of
from models.actions.moving import end_if_empty, let_writer_take_part, new_ticket_for
from models.actions.tickets import clean_subject, give, lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.events import TicketUpdated, record
from models.message import Direction, Message
from models.people import User
from models.ticket import Ticket

MOST_MESSAGES = 500


@dataclass(frozen=True)
class Split:
    """The ticket that was split, and the one that the chosen messages are on now."""

    left: Ticket
    new: Ticket


def split(ticket_id: int, message_ids: Collection[int], actor: Actor, subject: str = "") -> Split:
    """Give chosen messages a ticket of their own; whoever wrote the first of them is its customer. The caller commits.

    It is held by whoever holds the first. Raises `Conflict`, `Forbidden`, `Invalid`, `NotFound`.
    """
    if not actor.is_staff:
        raise Forbidden("only agents split tickets")
    left = lock_ticket(ticket_id)
    chosen = chosen_messages(left, message_ids)
    theirs = [each for each in chosen if each.direction == Direction.IN and each.author_id is not None]
    if not theirs:
        raise Invalid("messages", "choose at least one mail of a customer: the new ticket is whose it is")
    new = new_ticket_for(theirs[0], left, actor)
    if subject.strip():
        new.subject = clean_subject(subject)
    carried = carry_all([each.id for each in chosen], left, new)
    for mail in theirs:
        let_writer_take_part(new, mail, actor)
    if left.assigned_agent_id is not None:
        give(new, db.session.get_one(User, left.assigned_agent_id), actor)
    note_on_timeline(left.id, "split_off", actor, is_internal=True, to=new.id, ref=new.ref, number=len(chosen))
    undo = {"messages": carried}
    note_on_timeline(new.id, "split_from", actor, is_internal=True, **{"from": left.id}, ref=left.ref, undo=undo)
    record(TicketUpdated(left.id))
    return Split(left, new)


def chosen_messages(left: Ticket, message_ids: Collection[int]) -> Sequence[Message]:
    """The messages, locked; something that people can read must remain on the ticket."""
    if not 0 < len(set(message_ids)) <= MOST_MESSAGES:
        raise Invalid("messages", f"choose some messages, {MOST_MESSAGES} at most")
    wanted = select(Message).where(Message.id.in_(message_ids), Message.ticket_id == left.id)
    chosen = db.session.scalars(wanted.order_by(Message.id).with_for_update()).all()
    if len(chosen) != len(set(message_ids)):
        raise NotFound("not all of these messages are on this ticket: somebody may just have moved one")
    if any(each.held_reason is not None for each in chosen):
        raise Conflict("one of them is held: let it in or discard it first")
    remains = select(Message.id).where(
        Message.ticket_id == left.id,
        Message.id.not_in(message_ids),
        Message.direction != Direction.NOTE,
        Message.held_reason.is_(None),
    )
    if db.session.scalar(remains.limit(1)) is None:
        raise Conflict("leave at least one message on the ticket: else there is nothing to split")
    return chosen


def undo_split(new_id: int, actor: Actor) -> Split:
    """Bring the messages back to where they were split from; the new ticket ends.

    Raises `Conflict` where something has been said there meanwhile: those words belong to no other ticket.
    """
    if not actor.is_staff:
        raise Forbidden("only agents split tickets")
    entry = last_entry(new_id, "split_from")
    undo = undo_of(entry)
    if entry is None or undo is None:
        raise Conflict("this ticket was not split off another one")
    locked = {each: lock_ticket(each) for each in sorted((new_id, int(entry.data["from"])))}
    new, left = locked[new_id], locked[int(entry.data["from"])]
    came = {message_id for message_id, _ in undo["messages"]}
    there = set(db.session.scalars(select(Message.id).where(Message.ticket_id == new.id)))
    if new.merged_into_id is not None or left.merged_into_id is not None or not there:
        raise Conflict("this has been taken back already, or merged since")
    if there - came:
        raise Conflict("something has been said on the new ticket: merge it back instead")
    carry_back(undo["messages"], new, left)
    end_if_empty(new, left, actor)
    note_on_timeline(left.id, "split_undone", actor, is_internal=True, ref=new.ref, number=len(there))
    record(TicketUpdated(left.id))
    record(TicketUpdated(new.id))
    return Split(left, new)
