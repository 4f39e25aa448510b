"""The figures beside the sidebar's entries, asked for once a request however many parts of the page show them."""

from flask import current_app, g

from models.app import settings_of
from models.queries.sidebar import SidebarCounts, sidebar_counts
from webapp.auth import current_user


def sidebar_figures() -> SidebarCounts:
    """For the signed-in reader, as they are at the first asking of this request."""
    if "sidebar_figures" not in g:
        g.sidebar_figures = sidebar_counts(current_user(), settings_of(current_app).agent_visibility)
    return g.sidebar_figures
