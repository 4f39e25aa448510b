"""The blueprint of the inbox, and what each of its views asks of the request."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, current_app, g, request

from models.actor import Actor, actor_of
from models.app import settings_of
from models.queries.people import assignable_agents
from models.settings import AgentVisibility
from webapp.auth import current_user
from webapp.clock import Clock
from webapp.errors import is_fragment
from webapp.languages import reading_locale

inbox = Blueprint("inbox", __name__)


def visibility() -> AgentVisibility:
    """What agents of this desk may see."""
    return settings_of(current_app).agent_visibility


def actor() -> Actor:
    """Whoever is signed in, as the doer of an action."""
    return actor_of(current_user(), request.remote_addr or "")


def clock() -> Clock:
    """Now, in the time zone the reader's browser has named in its `tz` cookie; UTC until it has."""
    try:
        zone = ZoneInfo(request.cookies.get("tz", "UTC")[:64])
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name nobody knows, or one that is a path
        zone = ZoneInfo("UTC")
    return Clock(datetime.now(UTC), zone, reading_locale())


def assignable() -> Sequence[Any]:
    """Everybody a ticket can be given to, asked for once a page: the menus of the list and of the ticket name them."""
    if "agents" not in g:
        g.agents = assignable_agents()
    found: Sequence[Any] = g.agents
    return found


def wants_part() -> bool:
    """Whether the page is there already and asks for a part; going back asks for all of it."""
    return is_fragment() and "HX-History-Restore-Request" not in request.headers
