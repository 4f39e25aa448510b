"""Tickets: the lists of the inbox, their counts, and one ticket whole."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Bundle, aliased, defer, joinedload

from models.database import db
from models.errors import NotFound
from models.people import User
from models.queries.attention import is_unread_by
from models.queries.counting import MOST_COUNTED, Count, up_to, up_to_soon
from models.queries.keysets import first_slice, slice_of, sliced
from models.queries.marks import is_marked, undelivered_mails
from models.queries.pages import MAX_PAGE, Page
from models.queries.people import named
from models.queries.readers import TICKET, any_reader, spelt_out
from models.queries.rights import visible_to
from models.queries.search import matching, within_patience
from models.queries.ticket_list import order_named
from models.search_words import Wanted, read_search
from models.settings import AgentVisibility
from models.ticket import ACTIVE, Status, Ticket

NEWEST = "-updated_at"

@dataclass(frozen=True)
class View:
    """A list in the sidebar: a name for addresses, a title for people."""

    name: str
    title: str
    empty: str  # what to say when there is nothing
    query: str = ""  # of a saved view: what it shows, in the language of the search field
    ordering: str = NEWEST
    is_shared: bool = False
    saved_id: int | None = None
    most: int = MOST_COUNTED  # counted no further


VIEWS = (
    View("mine", "Assigned to me", "Nothing waits for you. New tickets are under Unassigned."),
    View("unassigned", "Unassigned", "Every ticket has somebody who cares for it."),
    View("open", "All open", "No open tickets. A mail to your support address opens one."),
    View("waiting", "Waiting on customer", "No customer owes you an answer."),
    View("snoozed", "Snoozed", "Nothing sleeps. h puts a ticket away until a time."),
    View("followed", "Following", "You follow no ticket. s follows one that somebody else holds."),
    View("resolved", "Resolved", "Nothing is resolved yet."),
    View("closed", "Closed", "Nothing is closed yet."),
    View("held", "Held on a ticket", "No mail on a ticket waits for your word."),
    View("undelivered", "Not delivered", "Every answer has arrived, as far as anybody knows.", most=100),
)


def view_named(name: str) -> View:
    """The view of that name. Raises `NotFound`."""
    for view in VIEWS:
        if view.name == name:
            return view
    raise NotFound("there is no such view")


def in_view(view: View, viewer: User) -> ColumnElement[bool]:
    """The tickets that stand in a view of `VIEWS` for this viewer; rights are a condition of their own.

    What sleeps stands in no list of work but its own.
    """
    active, awake = Ticket.status.in_(ACTIVE), Ticket.snoozed_until.is_(None)
    at_work = Ticket.status.in_([status for status in ACTIVE if status != Status.WAITING_ON_CUSTOMER])
    conditions: dict[str, Callable[[], ColumnElement[bool]]] = {
        "mine": lambda: and_(active, awake, Ticket.assigned_agent_id == viewer.id),
        "unassigned": lambda: and_(active, awake, Ticket.assigned_agent_id.is_(None)),
        "open": lambda: and_(at_work, awake),
        "waiting": lambda: and_(Ticket.status == Status.WAITING_ON_CUSTOMER, awake),
        "snoozed": lambda: is_marked("snoozed", viewer),
        "followed": lambda: is_marked("followed", viewer),
        "resolved": lambda: Ticket.status == Status.RESOLVED,
        "closed": lambda: Ticket.status == Status.CLOSED,
        "held": lambda: is_marked("held", viewer),
        "undelivered": lambda: is_marked("undelivered", viewer),
    }
    return conditions[view.name]()


def ticket_page(
    viewer: User,
    visibility: AgentVisibility,
    view: View,
    *,
    cursor: str = "",
    size: int = 50,
    typed: Wanted | None = None,
    ordering: str = "",
) -> Page[Ticket]:
    """The tickets of a view, in its order or another, with customer and agent loaded, and without their descriptions.

    `typed` narrows it, while somebody is typing. Raises `Invalid` for a damaged cursor, and where that takes too long.
    """
    wanted = select(Ticket).options(joinedload(Ticket.customer), joinedload(Ticket.assigned_agent), defer(Ticket.description))
    return page_of(wanted, viewer, visibility, view, cursor, size, typed, ordering)


def line_page(
    viewer: User,
    visibility: AgentVisibility,
    view: View,
    *,
    cursor: str = "",
    size: int = 50,
    typed: Wanted | None = None,
    ordering: str = "",
) -> Page[Any]:
    """The same tickets as lines of a list: of each what is read there, by the names it has on a `Ticket`, and `is_unread`."""
    if cursor or typed is not None or view.query:
        return page_of(lines_with(is_unread_by(viewer)), viewer, visibility, view, cursor, size, typed, ordering)
    size, ordering = max(1, min(size, MAX_PAGE)), ordering or view.ordering
    statement = first_lines(viewer.role, viewer.is_active, visibility, view, ordering, size)
    found = first_slice(statement, order_named(ordering), size, viewer_id=viewer.id)
    return Page(found.rows, found.next or "")


@lru_cache(1_000)
def first_lines(
    role: str, is_active: bool, visibility: AgentVisibility, view: View, ordering: str, size: int
) -> Select[Any]:
    """The statement of a fixed view's first page."""
    viewer = any_reader(role, is_active)
    standing = lines_with(spelt_out(is_unread_by(viewer))).where(visible_to(viewer, visibility), *standing_in(view, viewer))
    return spelt_out(sliced(standing, order_named(ordering), None, size))


def lines_with(is_unread: ColumnElement[bool]) -> Select[Any]:
    """Plain rows, where whole tickets and people would cost more to load than their page costs to draw."""
    customer, agent = people_of_a_line()
    shown = (
        Ticket.id, Ticket.subject, Ticket.preview, Ticket.status, Ticket.priority, Ticket.tags, Ticket.message_count,
        Ticket.last_direction, Ticket.updated_at, Ticket.snoozed_until, Ticket.assigned_agent_id,
    )  # fmt: skip
    line = Bundle("line", *shown, named("customer", customer), named("assigned_agent", agent), is_unread.label("is_unread"))
    wanted = select(line).select_from(Ticket).join(customer, Ticket.customer_id == customer.id)
    return wanted.outerjoin(agent, Ticket.assigned_agent_id == agent.id)


@cache
def people_of_a_line() -> tuple[Any, Any]:
    """Customer and agent: the table twice. Made once, for SQLAlchemy adapts each column of an alias anew."""
    return aliased(User), aliased(User)


def page_of(
    wanted: Select[Any], viewer: User, visibility: AgentVisibility, view: View, cursor: str, size: int, typed: Wanted | None, ordering: str
) -> Page[Any]:
    """Those that `wanted` selects of a view."""
    size = max(1, min(size, MAX_PAGE))
    with within_patience() if view.query or typed is not None else nullcontext():
        standing = wanted.where(visible_to(viewer, visibility), *standing_in(view, viewer, typed))
        found = slice_of(standing, order_named(ordering or view.ordering), cursor, size)
        return Page(found.rows, found.next or "")


def standing_in(view: View, viewer: User, typed: Wanted | None = None) -> list[ColumnElement[bool]]:
    """The conditions of a view, fixed or saved, and of what was typed above it."""
    conditions = matching(read_search(view.query), viewer) if view.query else [in_view(view, viewer)]
    return [*conditions, *(matching(typed, viewer, while_typing=True) if typed is not None else ())]


def view_count(viewer: User, visibility: AgentVisibility, view: View) -> Count:
    seen = visible_to(viewer, visibility)
    wanted = select(Ticket.id).where(seen, in_view(view, viewer))
    if view.name == "undelivered" and viewer.is_staff:
        return up_to_soon(undelivered_mails().where(seen), wanted, view.most)
    return up_to(wanted, view.most)


def ticket_seen_by(viewer: User, visibility: AgentVisibility, ticket_id: int) -> Ticket:
    """One ticket whole. Raises `NotFound` where there is none, and where the viewer may not know of it."""
    wanted = one_ticket(viewer.role, viewer.is_active, visibility)
    ticket = db.session.scalar(wanted, {"ticket_id": ticket_id, "viewer_id": viewer.id})
    if ticket is None:
        raise NotFound("there is no such ticket, or it is not yours to see")
    return ticket


@lru_cache(100)
def one_ticket(role: str, is_active: bool, visibility: AgentVisibility) -> Select[tuple[Ticket]]:
    parts = (joinedload(Ticket.customer), joinedload(Ticket.assigned_agent), joinedload(Ticket.mailbox), joinedload(Ticket.participants))
    wanted = select(Ticket).where(Ticket.id == TICKET, visible_to(any_reader(role, is_active), visibility))
    return spelt_out(wanted).options(*parts)
