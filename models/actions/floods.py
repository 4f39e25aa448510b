"""What an agent says about a flood."""

from sqlalchemy import delete, func, select, update

from models.actions.custody import ring_filers
from models.actions.tickets import lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.errors import Conflict, Forbidden
from models.events import TicketUpdated, record
from models.message import Message


def release_flood(ticket_id: int, actor: Actor) -> int:
    """This is no flood: every mail that is held on the ticket is filed anew, for itself. How many these are.

    Its source opens tickets like anybody else for a day.
    """
    if not actor.is_staff:
        raise Forbidden("only agents say what is a flood")
    ticket = lock_ticket(ticket_id)
    if ticket.flood_of is None or ticket.flood_released_at is not None:
        raise Conflict("this ticket holds no flood")
    ticket.flood_released_at = func.clock_timestamp()
    waiting = (InboundDelivery.ticket_id == ticket.id, InboundDelivery.decision == "held", InboundDelivery.rule == "D16")
    messages = set(db.session.scalars(select(InboundDelivery.message_id).where(*waiting)))
    taken_back = (
        update(InboundDelivery)
        .where(*waiting)
        .values(
            decision=None,
            rule=None,
            ticket_id=None,
            message_id=None,
            released_at=func.clock_timestamp(),
            released_by_id=actor.id,
        )
        .returning(InboundDelivery.inbound_id)
        .execution_options(synchronize_session=False)
    )
    mails = set(db.session.scalars(taken_back))
    db.session.execute(delete(Message).where(Message.id.in_(messages)).execution_options(synchronize_session=False))
    due = {"state": "accepted", "attempts": 0, "next_attempt_at": func.clock_timestamp()}
    db.session.execute(
        update(InboundMessage).where(InboundMessage.id.in_(mails)).values(due).execution_options(synchronize_session=False)
    )
    ring_filers()
    note_on_timeline(ticket.id, "flood_released", actor, is_internal=True, mails=len(mails))
    record(TicketUpdated(ticket.id))
    return len(mails)
