"""The views of the sidebar: the fixed ones, the team's saved ones, one's own; and how many tickets stand in the saved."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.errors import QueryCanceled
from sqlalchemy import ColumnElement, false, func, or_, select, text
from sqlalchemy.exc import OperationalError

from models.database import db
from models.errors import NotFound
from models.people import User
from models.queries.counting import Count, up_to
from models.queries.rights import visible_to
from models.queries.tickets import View, standing_in, view_named
from models.saved_view import SavedView
from models.settings import AgentVisibility
from models.ticket import Ticket

SAVED = re.compile(r"v([1-9]\d{0,17})")
EMPTY = "No ticket is like this now."

MOST_SAVED_COUNTED = 100  # shown as 99+
COUNT_MS = 200  # what takes longer than that to count is shown without a count, for a minute
PATIENCE = text(
    f"SELECT set_config('statement_timeout', '{COUNT_MS}', true), set_config('plan_cache_mode', 'force_custom_plan', true)"
)
FRESH, TIRED = 10.0, 60.0  # seconds


def view_for(viewer: User, name: str) -> View:
    """The view of that name, fixed, or saved as `v12`. Raises `NotFound`, also for somebody else's own."""
    saved = SAVED.fullmatch(name)
    if saved is None:
        return view_named(name)
    found = db.session.scalar(select(SavedView).where(SavedView.id == int(saved[1]), is_usable_by(viewer)))
    if found is None:
        raise NotFound("there is no such view, or it is somebody else's own")
    return as_view(found)


def saved_views(viewer: User) -> Sequence[View]:
    """The team's, then the viewer's own, each by name."""
    wanted = select(SavedView).where(is_usable_by(viewer))
    ordered = wanted.order_by(SavedView.owner_id.is_not(None), func.lower(SavedView.name), SavedView.id)
    return [as_view(each) for each in db.session.scalars(ordered)] if viewer.is_staff else []


def saved_count(viewer: User) -> Count:
    """1 where `saved_views` has any, else 0."""
    return up_to(select(SavedView.id).where(is_usable_by(viewer) if viewer.is_staff else false()), 1)


def is_usable_by(viewer: User) -> ColumnElement[bool]:
    return or_(SavedView.owner_id.is_(None), SavedView.owner_id == viewer.id)


def as_view(saved: SavedView) -> View:
    return View(f"v{saved.id}", saved.name, EMPTY, saved.query, saved.ordering, saved.is_shared, saved.id)


@dataclass(frozen=True)
class Remembered:
    """A count of a moment ago; None where it took too long."""

    number: int | None
    until: float


class SavedCounts:
    """Counts of saved views, asked again after some seconds: a search for each view at every event would cost everybody.

    One in each web process. Keyed by viewer, view and query: rights and words are part of what was counted.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[int, str, str], Remembered] = {}

    def of(self, viewer: User, visibility: AgentVisibility, view: View, now: float | None = None) -> int | None:
        """How many tickets stand in the view, up to `MOST_SAVED_COUNTED`; None where that is not known."""
        now = time.monotonic() if now is None else now
        key = (viewer.id, view.name, view.query)
        known = self.known.get(key)
        if known is None or known.until < now:
            if len(self.known) > 10_000:
                self.known.clear()
            number = counted_in_time(viewer, visibility, view)
            known = self.known[key] = Remembered(number, now + (TIRED if number is None else FRESH))
        return known.number


def counted_in_time(viewer: User, visibility: AgentVisibility, view: View) -> int | None:
    """The count, or None where Postgres needs more than `COUNT_MS`."""
    try:
        with db.session.begin_nested():
            db.session.execute(PATIENCE)
            standing = select(Ticket.id).where(visible_to(viewer, visibility), *standing_in(view, viewer))
            number = db.session.scalar(up_to(standing, MOST_SAVED_COUNTED)) or 0
            db.session.execute(text("SET LOCAL statement_timeout TO DEFAULT"))  # the connection's own
            return number
    except OperationalError as trouble:
        if isinstance(trouble.orig, QueryCanceled):
            return None
        raise
