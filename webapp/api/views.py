"""Saved views: the team's and one's own, and the tickets that stand in one."""

from typing import Annotated

from pydantic import Field

from models.actions.saved_views import MAX_NAME, ViewText, change_view, delete_view, save_view
from models.api_token import Scope
from models.database import db
from models.queries.tickets import View, ticket_page
from models.queries.views import as_view, saved_views, view_for
from models.search_words import MOST_LETTERS
from webapp.api.callers import Who, caller, visibility
from webapp.api.calls import call
from webapp.api.shapes import PageWanted, Sent, Told
from webapp.api.ticket_shapes import TicketShape, ticket_shapes
from webapp.api.tickets import Ordering

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Query = Annotated[str, Field(min_length=1, max_length=MOST_LETTERS, description="as `q` of /tickets/search/")]


class ViewShape(Told):
    id: int
    name: str
    query: str
    ordering: str
    shared: bool = Field(description="the whole team's; else your own")


class Views(Told):
    results: list[ViewShape]


class NewView(Sent):
    name: Name
    query: Query
    ordering: Ordering = "-updated_at"
    shared: bool = False


class ViewChange(Sent):
    """What is left out, or null, stays as it is."""

    name: Name | None = None
    query: Query | None = None
    ordering: Ordering | None = None
    shared: bool | None = None


class ViewTickets(Told):
    results: list[TicketShape]
    next: str | None


@call("GET", "/views/", who=Who.TEAM, scope=Scope.TICKETS_READ, answers={200: Views})
def list_views() -> Views:
    """The team's saved views, and your own."""
    return Views(results=[view_shape(each) for each in saved_views(caller().user)])


@call("POST", "/views/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={201: ViewShape}, refuses=(409,))
def make_view(body: NewView) -> ViewShape:
    """Keep a search under a name, in an order."""
    saved = save_view(ViewText(body.name, body.query, body.ordering, body.shared), caller().actor)
    made = view_shape(as_view(saved))
    db.session.commit()
    return made


@call("PATCH", "/views/<int:view_id>/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={200: ViewShape})
def patch_view(view_id: int, body: ViewChange) -> ViewShape:
    """Rename a view, or let it show something else. The team's are changed by whoever made them, and by administrators."""
    was = view_for(caller().user, f"v{view_id}")
    text = ViewText(
        was.title if body.name is None else body.name,
        was.query if body.query is None else body.query,
        body.ordering or was.ordering,
        was.is_shared if body.shared is None else body.shared,
    )
    changed = view_shape(as_view(change_view(view_id, text, caller().actor)))
    db.session.commit()
    return changed


@call("DELETE", "/views/<int:view_id>/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={204: None})
def remove_view(view_id: int) -> tuple[None, int]:
    """Throw a view away; no ticket changes by that."""
    delete_view(view_id, caller().actor)
    db.session.commit()
    return None, 204


@call("GET", "/views/<int:view_id>/tickets/", who=Who.TEAM, scope=Scope.TICKETS_READ, answers={200: ViewTickets})
def view_tickets(view_id: int, query: PageWanted) -> ViewTickets:
    """The tickets that stand in a view, in its order, as far as you may see them."""
    me = caller().user
    page = ticket_page(me, visibility(), view_for(me, f"v{view_id}"), cursor=query.cursor, size=query.page_size)
    return ViewTickets(results=ticket_shapes(page.rows, me), next=page.next or None)


def view_shape(view: View) -> ViewShape:
    return ViewShape(id=view.saved_id or 0, name=view.title, query=view.query, ordering=view.ordering, shared=view.is_shared)
