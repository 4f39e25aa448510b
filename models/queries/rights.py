"""Who may see which ticket: the one rule, asked of tickets for a viewer, or of viewers for a ticket."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from models.database import db
from models.people import Role, User
from models.settings import AgentVisibility
from models.ticket import Ticket


def visible_to(viewer: User, visibility: AgentVisibility) -> ColumnElement[bool]:
    """The tickets `viewer` may see, as a condition on `Ticket` that every question about tickets carries."""
    return and_(is_there(), sees(viewer.role, viewer.id, visibility)) if viewer.is_active else false()


def viewers_of(ticket_id: int, user_ids: Collection[int], visibility: AgentVisibility) -> set[int]:
    """Which of these people may see the ticket, in one question: asked again for each event on a socket."""
    rule = or_(*(and_(User.role == role, sees(role, User.id, visibility)) for role in Role))
    wanted = select(User.id).join(Ticket, and_(Ticket.id == ticket_id, is_there()))
    return set(db.session.scalars(wanted.where(User.id.in_(user_ids), User.is_active, rule)))


def is_there() -> ColumnElement[bool]:
    """A deleted ticket is nobody's to see; an administrator finds it among the deleted ones."""
    return Ticket.removed_as.is_distinct_from("deleted")


def sees(role: str, user_id: Any, visibility: AgentVisibility) -> ColumnElement[bool]:
    """The rule itself; `user_id` is a value or a column."""
    match role, visibility:
        case (Role.ADMIN, _) | (Role.AGENT, "all"):
            return true()
        case Role.AGENT, "unassigned":
            return or_(Ticket.assigned_agent_id == user_id, Ticket.assigned_agent_id.is_(None))
        case Role.AGENT, _:
            return Ticket.assigned_agent_id == user_id
        case _:
            return Ticket.customer_id == user_id
