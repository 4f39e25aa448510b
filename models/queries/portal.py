"""A customer's own tickets."""

from sqlalchemy import select, tuple_

from models.database import db
from models.people import User
from models.queries.pages import Page, cursor_of, read_cursor
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Ticket

SIZE = 30


def own_tickets(customer: User, visibility: AgentVisibility, cursor: str = "", size: int = SIZE) -> Page[Ticket]:
    """The tickets the customer may see, newest activity first. Raises `Invalid` for a damaged cursor."""
    wanted = select(Ticket).where(visible_to(customer, visibility))
    if cursor:
        wanted = wanted.where(tuple_(Ticket.updated_at, Ticket.id) < read_cursor(cursor))
    found = db.session.scalars(wanted.order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(size + 1)).all()
    rows = found[:size]
    return Page(rows, cursor_of(rows[-1].updated_at, rows[-1].id) if len(found) > size else "")
