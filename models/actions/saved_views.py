"""Saved views: made from a search in one step, renamed, changed, thrown away. One's own are one's own; the team's belong
to whoever made them and to the administrators."""

from dataclasses import dataclass

from sqlalchemy import func, select

from models.actor import Actor
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.people import Role
from models.queries.ticket_list import ORDERINGS
from models.saved_view import SavedView
from models.search_words import MOST_LETTERS, read_search
from models.text import clean_text

MAX_NAME = 60
MOST_VIEWS = 30  # of one agent, and of the team: each is counted in the sidebar


@dataclass(frozen=True)
class ViewText:
    """What a saved view is called and what it shows."""

    name: str
    query: str
    ordering: str = "-updated_at"
    is_shared: bool = False


def save_view(text: ViewText, actor: Actor) -> SavedView:
    """Make one. Raises `Invalid`, `Forbidden` for a customer, `Conflict` where there are enough."""
    if not actor.is_staff or actor.id is None:
        raise Forbidden("views are for the team")
    owner = None if text.is_shared else actor.id
    count = select(func.count()).select_from(SavedView).where(SavedView.owner_id.is_not_distinct_from(owner))
    if (db.session.scalar(count) or 0) >= MOST_VIEWS:
        raise Conflict(f"there are {MOST_VIEWS} views already: delete one that nobody needs")
    view = SavedView(owner_id=owner, made_by_id=actor.id)
    put(text, view)
    db.session.add(view)
    db.session.flush()
    return view


def change_view(view_id: int, text: ViewText, actor: Actor) -> SavedView:
    """Rename it, or let it show something else. Raises `Invalid`, `Forbidden`, `NotFound`."""
    view = changeable(view_id, actor)
    if text.is_shared != view.is_shared:
        view.owner_id = None if text.is_shared else actor.id
        view.made_by_id = actor.id
    put(text, view)
    view.updated_at = func.clock_timestamp()
    return view


def delete_view(view_id: int, actor: Actor) -> None:
    """Throw it away; no ticket changes by that. Raises `Forbidden`, `NotFound`."""
    db.session.delete(changeable(view_id, actor))


def changeable(view_id: int, actor: Actor) -> SavedView:
    """The view, locked. Another agent's own is not there for anybody else."""
    view = db.session.get(SavedView, view_id, with_for_update=True, populate_existing=True)
    if view is None or not actor.is_staff or view.owner_id not in (None, actor.id):
        raise NotFound("there is no such view, or it is somebody else's own")
    if view.is_shared and actor.role != Role.ADMIN and view.made_by_id != actor.id:
        raise Forbidden("a view of the whole team is changed by whoever made it, and by administrators")
    return view


def put(text: ViewText, view: SavedView) -> None:
    name = " ".join(clean_text(text.name, MAX_NAME * 4).split())[:MAX_NAME]
    query = " ".join(clean_text(text.query, MOST_LETTERS * 2).split())
    wanted = read_search(query)
    if not name:
        raise Invalid("name", "give it a name under which it is found")
    if len(query) > MOST_LETTERS:
        raise Invalid("query", f"a search has {MOST_LETTERS} characters at most")
    if wanted.problems:
        raise Invalid("query", wanted.problems[0])
    if wanted.is_empty:
        raise Invalid("query", "say what it shows, as in the search field: is:open tag:late")
    if text.ordering not in ORDERINGS:
        raise Invalid("ordering", f"an order is one of {', '.join(ORDERINGS)}")
    view.name, view.query, view.ordering = name, query, text.ordering
