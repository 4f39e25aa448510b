"""The three panes together: what a whole inbox page shows, and the parts of it that a change touches."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from models.errors import Invalid, NotFound
from models.people import User
from models.queries.pages import Page
from models.queries.tickets import View, line_page
from models.search_words import read_search
from webapp.auth import current_user
from webapp.inbox.blueprint import clock, visibility
from webapp.inbox.conversation import Conversation, conversation_of
from webapp.inbox.looking import Looking, looking_at, saved_with_counts, view_here
from webapp.inbox.thread import WHOLE, Wanted
from webapp.inbox.view_models import TicketList, ViewLink, saved_links, ticket_list, view_links, views_for
from webapp.sidebar import sidebar_figures

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
    fixed = view_links(views_for(current_user(), visibility()), sidebar_figures().views, current)
    return (*fixed, *saved_links(saved_with_counts(), current))


def tickets_in(
    view: View, opened: int | None = None, *, cursor: str = "", at_least: int = PAGE
) -> TicketList:
    """A view's rows from `cursor` on, as many pages as hold `at_least` rows, as the address narrows and sorts them."""
    looking = looking_at(view)
    looks = {"typed": looking.typed, "ordering": looking.ordering, "kept": looking.kept}
    looks["problems"] = read_search(looking.typed).problems
    try:
        page = rows_from(looking, cursor, at_least)
    except Invalid as refused:
        if refused.field == "cursor":
            raise
        return ticket_list(Page((), ""), clock(), opened, view, trouble=refused.detail, **looks)
    return ticket_list(page, clock(), opened, view, **looks)


def rows_from(looking: Looking, cursor: str, at_least: int) -> Page[Any]:
    rows: list[Any] = []
    while True:
        found = line_page(
            current_user(), visibility(), looking.view, cursor=cursor, size=PAGE, typed=looking.wanted, ordering=looking.ordering
        )
        rows += found.rows
        if not found.next or len(rows) >= min(at_least, MOST_REFRESHED):
            return Page(rows, found.next)
        cursor = found.next


def conversation(ticket_id: int, *, mode: str = "reply", forwarded: int | None = None) -> Conversation:
    """As much of it as the address of this request asks for."""
    me = current_user()
    return conversation_of(me, visibility(), ticket_id, clock(), mode=mode, wanted=wanted_messages(), forwarded=forwarded)


def wanted_messages() -> Wanted:
    """`?gaps=` says what is not shown, `?all` that everything is, `?m=` which message a link leads to."""
    if "all" in request.args:
        return WHOLE
    return Wanted(request.args.get("gaps"), request.args.get("m", type=int))


def desk(view_name: str, opened: Conversation | None = None) -> Desk:
    view = view_here(view_name)
    opened_id = opened.head.id if opened else None
    return Desk(current_user(), view, sidebar(view.name), tickets_in(view, opened_id), opened)


def changed_parts(
    view_name: str,
    ticket_id: int | None,
    *,
    at_least: int = PAGE,
    toast: str = "",
    undo: str = "",
    new_composer: bool = False,
    mode: str = "reply",
    unsend_seconds: int = 0,
) -> str:
    """The parts of the page that may look different now; the composer, in its `mode`, only where it is asked for.

    A ticket that has left the reader's sight takes its pane with it. `undo` is where the toast's button takes it back.
    """
    view = view_here(view_name)
    opened, gone = None, False
    if ticket_id is not None:
        try:
            opened = conversation(ticket_id, mode=mode)
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
