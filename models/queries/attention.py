"""What agents pay attention to: who follows a ticket and may see it, and which tickets somebody has not read."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from models.attention import Follower, TicketRead
from models.database import db
from models.people import User
from models.queries.rights import viewers_of, visible_to
from models.settings import AgentVisibility
from models.ticket import ACTIVE, Ticket


def followers_of(ticket_id: int, visibility: AgentVisibility) -> set[int]:
    """Who follows the ticket and may see it now: whoever has lost sight of it hears nothing more."""
    following = set(db.session.scalars(select(Follower.user_id).where(Follower.ticket_id == ticket_id)))
    return viewers_of(ticket_id, following, visibility) if following else following


def followed_among(ticket_ids: Collection[int]) -> set[int]:
    """Of these tickets, those that anybody follows, whether he may see them or not."""
    if not ticket_ids:
        return set()
    return set(db.session.scalars(select(Follower.ticket_id).where(Follower.ticket_id.in_(ticket_ids)).distinct()))


def follows(viewer: User, ticket_id: int) -> bool:
    return db.session.get(Follower, (ticket_id, viewer.id)) is not None


def is_followed_by(viewer: User) -> ColumnElement[bool]:
    """The tickets that the viewer follows, as a condition on `Ticket`."""
    return Ticket.id.in_(select(Follower.ticket_id).where(Follower.user_id == viewer.id))


def is_unread_by(viewer: User) -> ColumnElement[bool]:
    """Active tickets on which a customer spoke last and the viewer has not read it, or that shall look unread to him."""
    read = (TicketRead.user_id == viewer.id) & (TicketRead.ticket_id == Ticket.id)
    has_read = exists().where(read, TicketRead.message_id >= func.coalesce(Ticket.last_message_id, 0))
    woken = exists().where(read, TicketRead.message_id == 0)
    spoken = and_(Ticket.last_direction == "in", ~has_read)
    return and_(Ticket.status.in_(ACTIVE), or_(spoken, woken))


def newest_unread_by(viewer: User, visibility: AgentVisibility, ticket_id: int) -> int | None:
    """The newest public message of a ticket the viewer may see, -1 where nothing was said.

    None where he may not see it, and where that is what he has read last.
    """
    newest = func.coalesce(Ticket.last_message_id, -1)
    read = exists().where(TicketRead.user_id == viewer.id, TicketRead.ticket_id == Ticket.id, TicketRead.message_id == newest)
    return db.session.scalar(select(newest).where(Ticket.id == ticket_id, visible_to(viewer, visibility), ~read))
