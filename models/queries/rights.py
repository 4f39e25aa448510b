"""Who may see which ticket: the one condition that every question about tickets carries."""

from sqlalchemy import ColumnElement, false, or_, true

from models.people import Role, User
from models.settings import AgentVisibility
from models.ticket import Ticket


def visible_to(viewer: User, visibility: AgentVisibility) -> ColumnElement[bool]:
    """The tickets `viewer` may see, as a condition on `Ticket`."""
    if not viewer.is_active:
        return false()
    match viewer.role:
        case Role.ADMIN:
            return true()
        case Role.AGENT:
            return agent_sees(viewer.id, visibility)
        case _:
            return Ticket.customer_id == viewer.id


def agent_sees(agent_id: int, visibility: AgentVisibility) -> ColumnElement[bool]:
    match visibility:
        case "all":
            return true()
        case "unassigned":
            return or_(Ticket.assigned_agent_id == agent_id, Ticket.assigned_agent_id.is_(None))
        case _:
            return Ticket.assigned_agent_id == agent_id
