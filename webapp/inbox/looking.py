"""Which list the reader looks at: a view, what was typed above it, and an order. All of it stands in the address."""

from dataclasses import dataclass

from flask import current_app, request

from models.queries.ticket_list import ORDERINGS
from models.queries.tickets import View
from models.queries.views import SavedCounts, saved_views, view_for
from models.search_words import MOST_LETTERS, Wanted, read_search
from models.text import clean_text
from webapp.auth import current_user
from webapp.inbox.blueprint import visibility
from webapp.sidebar import sidebar_figures

ORDERS = {
    "-updated_at": "Newest activity",
    "updated_at": "Oldest activity",
    "-created_at": "Newest ticket",
    "created_at": "Oldest ticket",
    "-priority": "Priority",
}
COUNTS = "postroom.saved_counts"


@dataclass(frozen=True)
class Looking:
    """`wanted` is what `typed` means; None where nothing was typed."""

    view: View
    typed: str
    wanted: Wanted | None
    ordering: str

    @property
    def kept(self) -> dict[str, str]:
        """What links within the list carry on, so that a reload shows the same."""
        order = self.ordering if self.ordering != self.view.ordering else ""
        return {name: value for name, value in (("q", self.typed), ("order", order)) if value}


def view_here(name: str) -> View:
    """The view that the address names, for whoever reads. Raises `NotFound`."""
    return view_for(current_user(), name)


def looking_at(view: View) -> Looking:
    """The list as the address of this request wants it; what is not understood there is left out."""
    typed = " ".join(clean_text(request.args.get("q", ""), MOST_LETTERS).split())
    wanted = read_search(typed)
    order = request.args.get("order", "")
    return Looking(view, typed, None if wanted.is_empty else wanted, order if order in ORDERINGS else view.ordering)


def saved_with_counts() -> list[tuple[View, int | None]]:
    """The saved views of the reader, and how many tickets stand in each as far as that is known."""
    if not sidebar_figures().saved_views:
        return []
    counts: SavedCounts = current_app.extensions.setdefault(COUNTS, SavedCounts())
    return [(view, counts.of(current_user(), visibility(), view)) for view in saved_views(current_user())]
