"""Asking whether there is anything to assign, and to whom."""

from sqlalchemy import exists, func, select, text

from models.database import db
from models.people import STAFF, User
from models.ticket import WAITING_FOR_AGENT, Ticket


def can_assign() -> bool:
    """Whether a ticket waits while somebody at work has room: asked by the sweep, answered from two small indexes."""
    return bool(db.session.scalar(select(exists().where(text(WAITING_FOR_AGENT)).select_from(Ticket)))) and has_room()


def has_room() -> bool:
    """Whether an agent at work could take one more ticket."""
    load = (
        select(func.count())
        .select_from(Ticket)
        .where(Ticket.assigned_agent_id == User.id, text("ticket.status NOT IN ('RESOLVED', 'CLOSED')"))
        .scalar_subquery()
    )
    at_work = select(User.id).where(User.role.in_(STAFF), User.is_active, User.is_available, load < User.capacity)
    return db.session.scalar(at_work.limit(1)) is not None


def active_count(agent_id: int) -> int:
    """The active load of one agent."""
    held = select(func.count()).select_from(Ticket)
    mine = held.where(Ticket.assigned_agent_id == agent_id, text("ticket.status NOT IN ('RESOLVED', 'CLOSED')"))
    return db.session.scalar(mine) or 0
