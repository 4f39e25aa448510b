"""The three panes together: what a whole inbox page shows, and the parts of it that a change touches."""

from dataclasses import dataclass

from flask import render_template

from models.errors import NotFound
from models.people import User
from models.queries.pages import Page
from models.queries.tickets import View, ticket_page, view_named
from models.ticket import Ticket
from webapp.auth import current_user
from webapp.inbox.blueprint import clock, visibility
from webapp.inbox.conversation import Conversation, conversation_of
from webapp.sidebar import sidebar_figures
from webapp.inbox.view_models import TicketList, ViewLink, ticket_list, view_links, views_for

PAGE = 50
MOST_REFRESHED = 500  # rows that one live refresh brings up to date


@dataclass(frozen=True)
class Desk:
    """Sidebar, list and, where one is open, a conversation."""

    me: User
    view: View
    views: tuple[ViewLink, ...]
    tickets: TicketList
    conversation: Conversation | None


def sidebar(current: str) -> tuple[ViewLink, ...]:
    return view_links(views_for(current_user(), visibility()), sidebar_figures().views, current)


def tickets_in(
    view: View, opened: int | None = None, *, cursor: str = "", at_least: int = PAGE
) -> TicketList:
    """A view's rows from `cursor` on, as many pages as hold `at_least` rows."""
    found = ticket_page(current_user(), visibility(), view, cursor=cursor, size=PAGE)
    rows: list[Ticket] = list(found.rows)
    while found.next and len(rows) < min(at_least, MOST_REFRESHED):
        found = ticket_page(current_user(), visibility(), view, cursor=found.next, size=PAGE)
        rows += found.rows
    return ticket_list(view, Page(rows, found.next), clock(), opened)


def conversation(
    ticket_id: int, *, mode: str = "reply", whole: bool = False, forwarded: int | None = None
) -> Conversation:
    me = current_user()
    return conversation_of(me, visibility(), ticket_id, clock(), mode=mode, whole=whole, forwarded=forwarded)


def desk(view_name: str, opened: Conversation | None = None) -> Desk:
    view = view_named(view_name)
    opened_id = opened.head.id if opened else None
    return Desk(current_user(), view, sidebar(view.name), tickets_in(view, opened_id), opened)


def changed_parts(
    view_name: str,
    ticket_id: int | None,
    *,
    whole: bool = False,
    at_least: int = PAGE,
    toast: str = "",
    undo: str = "",
    new_composer: bool = False,
    unsend_seconds: int = 0,
) -> str:
    """The parts of the page that may look different now; the composer only where it is asked for.

    A ticket that has left the reader's sight takes its pane with it. `undo` is where the toast's button takes it back.
    """
    view = view_named(view_name)
    opened, gone = None, False
    if ticket_id is not None:
        try:
            opened = conversation(ticket_id, whole=whole)
        except NotFound:
            gone = True
    return render_template(
        "pages/_changed.html",
        desk=Desk(
            current_user(), view, sidebar(view.name), tickets_in(view, ticket_id, at_least=at_least), opened
        ),
        gone=gone,
        toast=toast,
        undo=undo,
        unsend_seconds=unsend_seconds,
        new_composer=new_composer,
    )
