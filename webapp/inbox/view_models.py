"""What the inbox templates are shown: frozen values, so that a template holds no logic of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.moves import allowed_moves
from models.people import Role, User
from models.queries.counting import MOST_COUNTED
from models.queries.pages import Page
from models.queries.tickets import VIEWS, View
from models.queries.views import MOST_SAVED_COUNTED
from models.settings import AgentVisibility
from models.ticket import ACTIVE, Priority, Status, Ticket
from webapp.clock import Clock, When
from webapp.languages import translated

HUES = 8  # colours an avatar can have; styled in frontend/people.css

VIEW_ICONS = {
    "mine": "inbox",
    "unassigned": "tray",
    "open": "stack",
    "waiting": "clock",
    "resolved": "check",
    "closed": "archive",
    "snoozed": "moon",
    "followed": "star",
    "held": "hand",
    "undelivered": "warning",
}
SHOWN_WHEN_FULL = frozenset({"followed", "held", "undelivered"})  # and while one looks at them

STATUS_WORDS = {
    Status.OPEN: _l("Open"),
    Status.ASSIGNED: _l("Assigned"),
    Status.IN_PROGRESS: _l("In progress"),
    Status.WAITING_ON_CUSTOMER: _l("Waiting on customer"),
    Status.RESOLVED: _l("Resolved"),
    Status.CLOSED: _l("Closed"),
}

PRIORITY_WORDS = {
    Priority.LOW: _l("Low"),
    Priority.MEDIUM: _l("Medium"),
    Priority.HIGH: _l("High"),
    Priority.URGENT: _l("Urgent"),
}


class Somebody(Protocol):
    """A `User`, or whoever is shown as `queries.people.named` does."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def email(self) -> str | None: ...


@dataclass(frozen=True)
class Face:
    """A person as a small round mark: one or two letters and a colour that stays the same."""

    letters: str
    hue: int
    name: str


@dataclass(frozen=True)
class ViewLink:
    name: str
    title: str
    icon: str
    count: str
    is_current: bool
    group: str = ""  # '', 'team' or 'own': under which heading it stands


@dataclass(frozen=True)
class Choice:
    """One entry of a menu; `value` is what its button sends."""

    value: str
    label: str
    is_current: bool = False
    face: Face | None = None


@dataclass(frozen=True)
class Row:
    """One ticket in a list."""

    id: int
    who: str
    face: Face
    subject: str
    preview: str
    spoke_last: str  # 'us', 'customer' or ''
    when: When
    status: str
    priority: str
    messages: int
    tags: tuple[str, ...]
    more_tags: int
    assignee: Face | None
    is_open: bool
    is_unread: bool = False
    wakes: When | None = None  # it sleeps until then

    @property
    def status_label(self) -> str:
        return STATUS_WORDS[Status(self.status.upper().replace("-", "_"))]

    @property
    def priority_label(self) -> str:
        return PRIORITY_WORDS[Priority(self.priority.upper())]


@dataclass(frozen=True)
class TicketList:
    """The middle pane: `older` is the cursor of what lies behind the last row, '' at the end.

    `kept` are the parts of the address that narrow or sort it; `trouble` says why nothing can be shown.
    """

    view: View
    rows: tuple[Row, ...]
    older: str
    typed: str = ""
    ordering: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    trouble: str = ""


@lru_cache(4_000)
def face_of(name: str, key: str = "") -> Face:
    """The mark of whoever is called `name`; the same `key` has the same colour in every process."""
    words = [word for word in name.replace(".", " ").replace("@", " ").split() if word[0].isalnum()]
    letters = (words[0][0] + (words[1][0] if len(words) > 1 else "")).upper() if words else "?"
    return Face(letters, sum((key or name).lower().encode()) % HUES, name)


def face_of_user(user: Somebody) -> Face:
    return face_of(user.name, user.email or user.username)


def views_for(viewer: User, visibility: AgentVisibility) -> tuple[View, ...]:
    """The views that can hold anything for `viewer`: some see only tickets that are their own."""
    only_own = viewer.role == Role.AGENT and visibility == "assigned"
    return tuple(view for view in VIEWS if not (only_own and view.name == "unassigned"))


def view_links(views: Iterable[View], counts: dict[str, int], current: str) -> tuple[ViewLink, ...]:
    return tuple(
        ViewLink(view.name, translated(view.title), VIEW_ICONS[view.name], counted(counts[view.name], view.most), view.name == current)
        for view in views
        if counts[view.name] or view.name == current or view.name not in SHOWN_WHEN_FULL
    )


def saved_links(views: Iterable[tuple[View, int | None]], current: str) -> tuple[ViewLink, ...]:
    """The team's views and the reader's own; one that takes too long to count has no count."""
    return tuple(
        ViewLink(view.name, view.title, "search", counted(number, MOST_SAVED_COUNTED), view.name == current, "team" if view.is_shared else "own")
        for view, number in views
    )


def counted(number: int | None, most: int = MOST_COUNTED) -> str:
    """A count as the sidebar shows it: nothing for none, and none exact from `most` on."""
    if number is not None and number >= most:
        return f"{most - 1}+"
    return str(number) if number else ""


def ticket_list(page: Page[Any], clock: Clock, opened: int | None, view: View, **looks: Any) -> TicketList:
    """Of the lines of `line_page`; `looks` are the further fields of the list."""
    rows = tuple(row_of(line, clock, opened, is_unread=line.is_unread and line.id != opened) for line in page.rows)
    return TicketList(view, rows, page.next, **looks)


def row_of(ticket: Ticket | Any, clock: Clock, opened: int | None, *, is_unread: bool = False) -> Row:
    """Of a ticket with customer and agent, or of a line that has their names."""
    agent = ticket.assigned_agent if ticket.assigned_agent_id is not None else None
    return Row(
        id=ticket.id,
        who=ticket.customer.name,
        face=face_of_user(ticket.customer),
        subject=subject_of(ticket),
        preview=ticket.preview,
        spoke_last={"out": "us", "in": "customer"}.get(ticket.last_direction or "", ""),
        when=clock.when(ticket.updated_at),
        status=ticket.status.lower().replace("_", "-"),
        priority=ticket.priority.lower(),
        messages=ticket.message_count,
        tags=tuple(ticket.tags[:2]),
        more_tags=max(0, len(ticket.tags) - 2),
        assignee=face_of_user(agent) if agent else None,
        is_open=ticket.id == opened,
        is_unread=is_unread,
        wakes=clock.when(ticket.snoozed_until) if ticket.snoozed_until else None,
    )


def subject_of(ticket: Ticket) -> str:
    return ticket.subject.strip() or _("(no subject)")


def status_choices(ticket: Ticket) -> tuple[Choice, ...]:
    """Where the ticket may go from here, by hand."""
    moves = allowed_moves(ticket.status, ticket.assigned_agent_id is not None, actor_is_staff=True)
    if ticket.status in ACTIVE:  # what the desk sets by itself on assigning is not offered: no agent means it
        moves = [move for move in moves if move not in (Status.OPEN, Status.ASSIGNED)]
    return tuple(Choice(move, STATUS_WORDS[Status(move)]) for move in moves)


def assignee_choices(agents: Sequence[Somebody], ticket: Ticket, me: User) -> tuple[Choice, ...]:
    """Everybody who can hold the ticket, the reader first, then nobody, then the others by name."""
    nobody = Choice("", _("Nobody"), ticket.assigned_agent_id is None)
    mine = Choice(str(me.id), _("%(name)s (you)", name=me.name), ticket.assigned_agent_id == me.id, face_of_user(me))
    others = (
        Choice(str(agent.id), agent.name, agent.id == ticket.assigned_agent_id, face_of_user(agent))
        for agent in agents
        if agent.id != me.id
    )
    return (mine, nobody, *others)


def priority_choices(ticket: Ticket) -> tuple[Choice, ...]:
    return tuple(
        Choice(value, label, value == ticket.priority) for value, label in reversed(PRIORITY_WORDS.items())
    )
