"""Whose conversation a message belongs to, where a merge has put two of them on one ticket."""

from collections.abc import Collection

from sqlalchemy import or_, select

from models.database import db
from models.message import Message
from models.queries.threads import MOST_MERGES
from models.ticket import Participant, Ticket


def home_of(ticket: Ticket, author_id: int) -> int | None:
    """The merged ticket whose customer or participant the author is; None where he takes part in this one itself."""
    if author_id == ticket.customer_id or takes_part(author_id, [ticket.id]):
        return None
    level = [ticket.id]
    for _ in range(MOST_MERGES):
        level = list(db.session.scalars(select(Ticket.id).where(Ticket.merged_into_id.in_(level)).order_by(Ticket.id)))
        if not level:
            return None
        his = or_(Ticket.customer_id == author_id, Ticket.id.in_(select(Participant.ticket_id).where(Participant.user_id == author_id)))
        home = db.session.scalar(select(Ticket.id).where(Ticket.id.in_(level), his).order_by(Ticket.id).limit(1))
        if home is not None:
            return home
    return None


def takes_part(user_id: int, ticket_ids: Collection[int]) -> bool:
    present = select(Participant.id).where(
        Participant.ticket_id.in_(ticket_ids), Participant.user_id == user_id, Participant.left_at.is_(None)
    )
    return db.session.scalar(present.limit(1)) is not None


def shown_to_their_customers(ticket_ids: Collection[int]) -> set[int]:
    """Of these tickets, those whose last public message their own customer may read: its preview may be shown to him."""
    last = select(Ticket.id).join(Message, Message.id == Ticket.last_message_id)
    return set(db.session.scalars(last.where(Ticket.id.in_(ticket_ids), Message.audience_id.is_(None))))
