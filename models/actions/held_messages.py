"""What agents do with a mail that is held on a ticket: let it in with its sender, give it a ticket, discard it.

The mail itself never moves by itself: each of these is one agent's word, and stands on the timeline.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from models.actions.held import BY_HAND
from models.actions.moving import count_again, move_mail
from models.actions.participants import Newcomer, take_in
from models.actions.tickets import change_status, lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.addresses import normalise
from models.custody import InboundDelivery
from models.database import db
from models.errors import Conflict, Forbidden, NotFound
from models.events import MessageCreated, TicketUpdated, record
from models.message import Message
from models.moves import status_after_customer_wrote
from models.ticket import Ticket


@dataclass(frozen=True)
class Held:
    """A held message with all that belongs to it, locked."""

    ticket: Ticket
    message: Message
    deliveries: list[InboundDelivery]


def let_in(message_id: int, actor: Actor) -> Ticket:
    """The sender takes part from now on, and his mail counts as any other. Raises `Conflict` where it is not held."""
    held = held_on_ticket(message_id, actor)
    take_in(held.ticket, Newcomer(address_of(held.message), held.message.author_address, held.message.author_name), actor)
    make_public(held, held.ticket, "reply", actor)
    has_agent = held.ticket.assigned_agent_id is not None
    change_status(held.ticket, status_after_customer_wrote(held.ticket.status, has_agent), actor)
    return held.ticket


def give_own_ticket(message_id: int, actor: Actor) -> Ticket:
    """A new ticket of the sender's own, in the same mailbox. Raises `Conflict` where it is not held."""
    held = held_on_ticket(message_id, actor)
    ticket = move_mail(message_id, None, actor).came_to
    for delivery in held.deliveries:
        decided_by_hand(delivery, "new_ticket", ticket, actor)
    return ticket


def discard_held(message_id: int, actor: Actor) -> Ticket:
    """Out of sight on the ticket; kept, and able to come back."""
    held = held_on_ticket(message_id, actor)
    held.message.discarded_at = func.clock_timestamp()
    for delivery in held.deliveries:
        delivery.evidence = {**delivery.evidence, "was": [delivery.decision, delivery.rule]}
        delivery.decision, delivery.rule = "discarded", BY_HAND
        delivery.discarded_at = func.clock_timestamp()
        delivery.discarded_by_id = actor.id
    note_on_timeline(held.ticket.id, "held_discarded", actor, message_id=message_id, is_internal=True)
    record(TicketUpdated(held.ticket.id))
    return held.ticket


def undo_discard_held(message_id: int, actor: Actor) -> Ticket:
    """Held again, as before."""
    held = held_on_ticket(message_id, actor, discarded=True)
    held.message.discarded_at = None
    for delivery in held.deliveries:
        evidence = dict(delivery.evidence)
        delivery.decision, delivery.rule = evidence.pop("was")
        delivery.evidence = evidence
        delivery.discarded_at = delivery.discarded_by_id = None
    record(TicketUpdated(held.ticket.id))
    return held.ticket


def held_on_ticket(message_id: int, actor: Actor, *, discarded: bool = False) -> Held:
    """The message and its ticket, locked. Two agents who click at once do not both win."""
    if not actor.is_staff:
        raise Forbidden("only agents look after held mail")
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFound("there is no such message")
    ticket = lock_ticket(message.ticket_id)
    db.session.refresh(message)
    wanted = select(InboundDelivery).where(
        InboundDelivery.message_id == message_id,
        # A mail that was moved and moved back is held again, whatever the ledger has called it in between.
        InboundDelivery.decision == "discarded" if discarded else InboundDelivery.decision.not_in(("discarded", "auto_reply")),
    )
    deliveries = list(db.session.scalars(wanted.order_by(InboundDelivery.rcpt).with_for_update()))
    if message.ticket_id != ticket.id or message.held_reason is None or not deliveries:
        raise Conflict("somebody has already seen to this mail")
    return Held(ticket, message, deliveries)


def make_public(held: Held, ticket: Ticket, decision: str, actor: Actor) -> None:
    """From now on it is a message of the ticket like any other; why it was held stays in its evidence."""
    message = held.message
    message.held_reason = None
    for delivery in held.deliveries:
        decided_by_hand(delivery, decision, ticket, actor)
    db.session.flush()
    count_again(ticket)
    ticket.updated_at = func.clock_timestamp()
    note_on_timeline(ticket.id, "let_in", actor, message_id=message.id, is_internal=True)
    record(MessageCreated(ticket.id, message.id, message.direction, is_apart=message.audience_id is not None))


def decided_by_hand(delivery: InboundDelivery, decision: str, ticket: Ticket, actor: Actor) -> None:
    delivery.evidence = {**delivery.evidence, "was": [delivery.decision, delivery.rule], "by": actor.name}
    delivery.decision, delivery.rule, delivery.ticket_id = decision, BY_HAND, ticket.id


def address_of(message: Message) -> str:
    """Whom the message says it comes from, as addresses are compared. Raises `Conflict` where nobody could be answered."""
    try:
        return normalise(message.author_address)
    except ValueError:
        raise Conflict("the mail names no sender who could be answered") from None
