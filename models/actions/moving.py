"""Moving a mail to another ticket or to a new one, and back. The mails that answer it follow: its Message-ID moves along."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from models.actions.participants import Newcomer, take_in
from models.actions.tickets import change_status, lock_ticket, open_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.addresses import normalise
from models.custody import InboundDelivery
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.events import TicketUpdated, record
from models.message import Direction, Message
from models.moves import status_after_customer_wrote
from models.people import User
from models.ticket import Participant, Status, Ticket, ref_of
from models.timeline import TimelineEntry

MAX_PREVIEW = 200
NO_SUBJECT = "(no subject)"


@dataclass(frozen=True)
class Moved:
    """A mail that has been moved, and the tickets it left and came to."""

    message: Message
    left: Ticket
    came_to: Ticket


def move_mail(message_id: int, to_ticket_id: int | None, actor: Actor) -> Moved:
    """Move one mail to another ticket of its mailbox, or with None to a new one of its writer. The caller commits.

    Its writer takes part in the other ticket from now on, or his next mail could not follow. A ticket that is left
    without any message is closed and goes on in the other one. Raises `Conflict`, `Forbidden`, `NotFound`.
    """
    message, left = lock_mail(message_id, actor, to_ticket_id)
    if to_ticket_id == left.id:
        raise Conflict("the mail is on this ticket already")
    undo: dict[str, Any] = {"held": message.held_reason, "audience": message.audience_id}
    if to_ticket_id is None:
        came_to = new_ticket_for(message, left, actor)
        message.held_reason = None  # an agent has looked at it and wants it answered
    else:
        came_to = other_ticket(to_ticket_id, message)
        undo["joined"] = let_writer_take_part(came_to, message, actor)
    message.audience_id = None  # where an agent puts it by hand, it is part of the conversation
    undo |= {"opened": to_ticket_id is None, "left_status": left.status, "status": came_to.status}
    carry(message, left, came_to)
    if message.held_reason is None and to_ticket_id is not None:
        change_status(came_to, status_after_customer_wrote(came_to.status, came_to.assigned_agent_id is not None), actor)
    undo["became"] = came_to.status
    undo["emptied"] = end_if_empty(left, came_to, actor)
    tell(message, left, came_to, actor, undo)
    return Moved(message, left, came_to)


def undo_move(message_id: int, actor: Actor) -> Moved:
    """Bring a mail back to where it was moved from last, and everything with it that the move changed.

    Raises `Conflict` where the ticket that the move opened has been answered meanwhile: those words cannot go along.
    """
    message, left = lock_mail(message_id, actor)
    entry = last_move(message, left)
    came_to = lock_ticket(int(entry.data["from"]))
    undo = entry.data["undo"]
    if undo["opened"] and has_other_words(left, message):
        raise Conflict("something has been said on the new ticket: move the mail by hand")
    message.held_reason, message.audience_id = undo["held"], undo.get("audience")
    carry(message, left, came_to)
    if undo["emptied"]:
        came_to.merged_into_id = None
        change_status(came_to, undo["left_status"], actor)
    if undo["opened"]:
        end_if_empty(left, came_to, actor)
    else:
        give_status_back(left, undo, actor)
        if undo.get("joined"):
            leave_again(left, int(undo["joined"]))
    tell(message, left, came_to, actor, None)
    return Moved(message, left, came_to)


def lock_mail(message_id: int, actor: Actor, other_id: int | None = None) -> tuple[Message, Ticket]:
    """The mail and its ticket, held, the other ticket too: in one order, so that two moves never wait in a ring.

    Raises `NotFound`, `Conflict` where it is no mail of a customer.
    """
    if not actor.is_staff:
        raise Forbidden("only agents move mails")
    ticket_id = db.session.scalar(select(Message.ticket_id).where(Message.id == message_id))
    if ticket_id is None:
        raise NotFound("there is no such message")
    locked = {each: lock_ticket(each) for each in sorted({ticket_id, other_id or ticket_id})}
    ticket = locked[ticket_id]
    message = db.session.get(Message, message_id, with_for_update=True, populate_existing=True)
    if message is None or message.ticket_id != ticket.id:
        raise Conflict("somebody has just moved this mail")
    if message.direction != Direction.IN or message.author_id is None:
        raise Conflict("only what a customer wrote can be moved")
    return message, ticket


def other_ticket(ticket_id: int, message: Message) -> Ticket:
    ticket = lock_ticket(ticket_id)
    if ticket.removed_as is not None:
        raise NotFound("there is no such ticket")
    if ticket.merged_into_id is not None:
        raise Conflict(f"{ticket.ref} goes on in {ref_of(ticket.merged_into_id)}: move the mail there")
    if ticket.mailbox_id != message.mailbox_id:
        raise Invalid("ticket", f"{ticket.ref} belongs to another mailbox, and mail does not cross from one to the other")
    return ticket


def new_ticket_for(message: Message, left: Ticket, actor: Actor) -> Ticket:
    writer = db.session.get_one(User, message.author_id)
    return open_ticket(
        message.mailbox_id,
        writer,
        address_of(message),
        subject_for(message, left),
        message.body,
        actor,
        address_as_written=message.author_address,
        priority=left.priority,
    )


def subject_for(message: Message, left: Ticket) -> str:
    """The ticket's subject; for a mail that was only held there its own: its writer must not learn what stands over others' words."""
    if message.held_reason is None:
        return left.subject
    evidence = db.session.scalar(select(InboundDelivery.evidence).where(InboundDelivery.message_id == message.id).limit(1))
    shown = (evidence or {}).get("shown", {})
    return str(shown.get("subject", "")) or NO_SUBJECT


def address_of(message: Message) -> str:
    """The writer's address as it is compared; '' where he has none."""
    try:
        return normalise(message.author_address)
    except ValueError:
        return ""


def let_writer_take_part(ticket: Ticket, message: Message, actor: Actor) -> int | None:
    """The id of the participant he became, None where he was one already, wrote no mail, or is only held here."""
    address = address_of(message)
    present = select(Participant.id).where(
        Participant.ticket_id == ticket.id, Participant.address == address, Participant.left_at.is_(None)
    )
    if not address or message.held_reason is not None or db.session.scalar(present) is not None:
        return None
    return take_in(ticket, Newcomer(address, message.author_address, message.author_name), actor).id


def give_status_back(ticket: Ticket, undo: Mapping[str, Any], actor: Actor) -> None:
    """The locked ticket's status of before, unless somebody has given it another one since."""
    if ticket.status == undo.get("became", ticket.status):
        change_status(ticket, undo["status"], actor)


def leave_again(ticket: Ticket, participant_id: int) -> None:
    """Who came by the move leaves with it, unless he has written there himself since."""
    participant = db.session.get_one(Participant, participant_id)
    his = select(Message.id).where(Message.ticket_id == ticket.id, Message.author_id == participant.user_id)
    if db.session.scalar(his.limit(1)) is None:
        participant.left_at = func.clock_timestamp()


def carry(message: Message, left: Ticket, came_to: Ticket) -> None:
    """The mail itself, what the ledger says of it, and the figures of both tickets."""
    message.ticket_id = came_to.id
    db.session.flush()
    db.session.execute(
        update(InboundDelivery).where(InboundDelivery.message_id == message.id).values(ticket_id=came_to.id)
    )
    for ticket in (left, came_to):
        count_again(ticket)
        ticket.updated_at = func.clock_timestamp()
    db.session.flush()


def count_again(ticket: Ticket) -> None:
    """The figures that lists show, from the messages there are now."""
    public = (Message.ticket_id == ticket.id, Message.direction != Direction.NOTE, Message.held_reason.is_(None))
    ticket.message_count = db.session.scalar(select(func.count()).select_from(Message).where(*public)) or 0
    last = db.session.scalars(select(Message).where(*public).order_by(Message.id.desc()).limit(1)).first()
    ticket.last_message_id = last.id if last else None
    ticket.last_direction = last.direction if last else None
    ticket.preview = " ".join(last.body.split())[:MAX_PREVIEW] if last else ""


def end_if_empty(left: Ticket, came_to: Ticket, actor: Actor) -> bool:
    """A ticket on which nothing is said any more is closed, and mail for it goes on in the other. Whether it is so."""
    if db.session.scalar(select(Message.id).where(Message.ticket_id == left.id).limit(1)) is not None:
        return False
    change_status(left, Status.CLOSED, actor)
    left.merged_into_id = came_to.id
    return True


def has_other_words(ticket: Ticket, message: Message) -> bool:
    others = select(Message.id).where(Message.ticket_id == ticket.id, Message.id != message.id)
    return db.session.scalar(others.limit(1)) is not None


def last_move(message: Message, ticket: Ticket) -> TimelineEntry:
    """The entry of the move that brought the mail here. Raises `Conflict` where none did, or it was taken back."""
    moves = select(TimelineEntry).where(
        TimelineEntry.ticket_id == ticket.id,
        TimelineEntry.message_id == message.id,
        TimelineEntry.kind == "mail_moved_in",
    )
    entry = db.session.scalars(moves.order_by(TimelineEntry.id.desc()).limit(1)).first()
    if entry is None or entry.data.get("undo") is None:
        raise Conflict("this mail was not moved here, or it has been moved again since")
    return entry


def tell(message: Message, left: Ticket, came_to: Ticket, actor: Actor, undo: dict[str, Any] | None) -> None:
    """A line on both timelines, for the team; the one on the new side knows how to take the move back."""
    what = {"message_id": message.id, "is_internal": True}
    note_on_timeline(left.id, "mail_moved_out", actor, **what, to=came_to.id, ref=came_to.ref)
    note_on_timeline(came_to.id, "mail_moved_in", actor, **what, **{"from": left.id}, ref=left.ref, undo=undo)
    record(TicketUpdated(left.id))
    record(TicketUpdated(came_to.id))
