"""The loop breaker of a ticket: where two machines write to each other, ours falls silent for a day."""

from sqlalchemy import func, select

from models.actions.timeline import note_on_timeline
from models.actor import MAIL_GATE
from models.custody import InboundMessage
from models.database import db
from models.loop_rules import MAILS, REST, WITHIN, Heard, is_ping_pong
from models.message import Direction, Message
from models.outbox import Outbox
from models.ticket import Participant, Ticket

now = func.clock_timestamp


def break_loops(ticket: Ticket, message: Message) -> None:
    """Look at the last mails of the writer of `message` on the locked ticket; open the breaker where they go in circles."""
    if ticket.message_count < MAILS:  # so few go round in no circle
        return
    if message.author_id is None or not is_ping_pong(heard_from(ticket.id, message.author_id)):
        return
    if not breaker_is_open(ticket):
        note_on_timeline(ticket.id, "automatic_off", MAIL_GATE, message_id=message.id, is_internal=True)
    ticket.automatic_off_until = now() + REST
    db.session.flush()


def breaker_is_open(ticket: Ticket) -> bool:
    """Whether the ticket gets no automatic mail now."""
    if ticket.automatic_off_until is None:
        return False
    still = select(Ticket.id).where(Ticket.id == ticket.id, Ticket.automatic_off_until > now())
    return db.session.scalar(still) is not None


def heard_from(ticket_id: int, author_id: int) -> list[Heard]:
    """The last mails of one participant within ten minutes, oldest first, each with the mail of ours before it."""
    at = func.coalesce(InboundMessage.received_at, Message.created_at)
    ours = (
        select(func.max(Outbox.sent_at))
        .join(Participant, Participant.id == Outbox.participant_id)
        .where(Outbox.ticket_id == ticket_id, Participant.user_id == author_id, Outbox.sent_at <= at)
        .correlate(Message, InboundMessage)
        .scalar_subquery()
    )
    lately = (
        select(Message.body, at, ours)
        .outerjoin(InboundMessage, InboundMessage.id == Message.inbound_id)
        .where(
            Message.ticket_id == ticket_id,
            Message.author_id == author_id,
            Message.direction == Direction.IN,
            Message.held_reason.is_(None),
            at > now() - WITHIN,
        )
        .order_by(Message.id.desc())
        .limit(MAILS)
    )
    return [Heard(*row) for row in reversed(db.session.execute(lately).all())]
