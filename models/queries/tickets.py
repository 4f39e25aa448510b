"""Tickets: the lists of the inbox, their counts, and one ticket whole."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.orm import defer, joinedload

from models.database import db
from models.errors import NotFound
from models.people import User
from models.queries.counting import Count, counted, up_to
from models.queries.pages import MAX_PAGE, Page, cursor_of, read_cursor
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import ACTIVE, Status, Ticket


@dataclass(frozen=True)
class View:
    """A list in the sidebar: a name for addresses, a title for people."""

    name: str
    title: str
    empty: str  # what to say when there is nothing


VIEWS = (
    View("mine", "Assigned to me", "Nothing waits for you. New tickets are under Unassigned."),
    View("unassigned", "Unassigned", "Every ticket has somebody who cares for it."),
    View("open", "All open", "No open tickets. A mail to your support address opens one."),
    View("waiting", "Waiting on customer", "No customer owes you an answer."),
    View("resolved", "Resolved", "Nothing is resolved yet."),
    View("closed", "Closed", "Nothing is closed yet."),
)


def view_named(name: str) -> View:
    """The view of that name. Raises `NotFound`."""
    for view in VIEWS:
        if view.name == name:
            return view
    raise NotFound("there is no such view")


def in_view(view: View, viewer: User) -> ColumnElement[bool]:
    """The tickets that stand in `view` for this viewer; rights are a condition of their own."""
    active = Ticket.status.in_(ACTIVE)
    at_work = Ticket.status.in_([status for status in ACTIVE if status != Status.WAITING_ON_CUSTOMER])
    conditions: dict[str, ColumnElement[bool]] = {
        "mine": and_(active, Ticket.assigned_agent_id == viewer.id),
        "unassigned": and_(active, Ticket.assigned_agent_id.is_(None)),
        "open": at_work,
        "waiting": Ticket.status == Status.WAITING_ON_CUSTOMER,
        "resolved": Ticket.status == Status.RESOLVED,
        "closed": Ticket.status == Status.CLOSED,
    }
    return conditions[view.name]


def ticket_page(
    viewer: User, visibility: AgentVisibility, view: View, *, cursor: str = "", size: int = 50
) -> Page[Ticket]:
    """The tickets of a view, newest activity first, with customer and agent loaded, and without their descriptions."""
    size = max(1, min(size, MAX_PAGE))
    wanted = select(Ticket).where(visible_to(viewer, visibility), in_view(view, viewer))
    if cursor:
        wanted = wanted.where(tuple_(Ticket.updated_at, Ticket.id) < read_cursor(cursor))
    wanted = wanted.options(joinedload(Ticket.customer), joinedload(Ticket.assigned_agent), defer(Ticket.description))
    found = db.session.scalars(wanted.order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(size + 1)).all()
    rows = found[:size]
    more = len(found) > size
    return Page(rows, cursor_of(rows[-1].updated_at, rows[-1].id) if more else "")


def view_counts(viewer: User, visibility: AgentVisibility) -> dict[str, int]:
    """How many tickets stand in each view, counted up to `MOST_COUNTED`."""
    return counted({view.name: view_count(viewer, visibility, view) for view in VIEWS})


def view_count(viewer: User, visibility: AgentVisibility, view: View) -> Count:
    return up_to(select(Ticket.id).where(visible_to(viewer, visibility), in_view(view, viewer)))


def ticket_seen_by(viewer: User, visibility: AgentVisibility, ticket_id: int) -> Ticket:
    """One ticket whole. Raises `NotFound` where there is none, and where the viewer may not know of it."""
    ticket = db.session.scalar(
        select(Ticket)
        .where(Ticket.id == ticket_id, visible_to(viewer, visibility))
        .options(
            joinedload(Ticket.customer),
            joinedload(Ticket.assigned_agent),
            joinedload(Ticket.mailbox),
            joinedload(Ticket.participants),
        )
    )
    if ticket is None:
        raise NotFound("there is no such ticket, or it is not yours to see")
    return ticket
