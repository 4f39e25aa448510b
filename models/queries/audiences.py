"""Whose conversation a message belongs to, where a merge has put two of them on one ticket."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from models.database import db
from models.message import Message
from models.queries.conversations import belongs_to, is_for_customers
from models.queries.threads import MOST_MERGES
from models.ticket import Participant, Ticket


@dataclass(frozen=True)
class Readable:
    """How many messages a customer reads on a ticket of his, and the newest of them."""

    number: int = 0
    last_id: int | None = None


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


def readable_to_their_customers(ticket_ids: Collection[int]) -> dict[int, Readable]:
    """What the customer of each ticket reads there; one that is not named has nothing to read."""
    home = func.coalesce(Message.audience_id, Message.ticket_id)
    counted = select(home, func.count(), func.max(Message.id)).where(belongs_to(ticket_ids), is_for_customers()).group_by(home)
    return {ticket_id: Readable(number, last_id) for ticket_id, number, last_id in db.session.execute(counted)}
