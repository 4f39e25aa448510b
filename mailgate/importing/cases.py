"""Tickets of another helpdesk as plain values, and how what its export says is read into them. Pure, and never raises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mailgate.handed_over import EARLIEST
from models.addresses import typed_address
from models.errors import Invalid
from models.text import clean_text
from models.ticket import Priority, Status

MAX_NAME = 200
MAX_ID = 200
MAX_WORD = 500

# Every word that another helpdesk has for a status; '' for a ticket that is not taken over at all.
STATUSES = {
    "new": Status.OPEN,
    "open": Status.OPEN,
    "active": Status.OPEN,
    "assigned": Status.OPEN,
    "hold": Status.IN_PROGRESS,
    "on-hold": Status.IN_PROGRESS,
    "in_progress": Status.IN_PROGRESS,
    "pending": Status.WAITING_ON_CUSTOMER,
    "waiting_on_customer": Status.WAITING_ON_CUSTOMER,
    "solved": Status.RESOLVED,
    "resolved": Status.RESOLVED,
    "closed": Status.CLOSED,
    "spam": "",
    "deleted": "",
}

PRIORITIES = {
    "low": Priority.LOW,
    "normal": Priority.MEDIUM,
    "medium": Priority.MEDIUM,
    "high": Priority.HIGH,
    "urgent": Priority.URGENT,
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the other helpdesk. `address` is normalised, '' where he has none; `key` is what he is called there."""

    name: str = ""
    address: str = ""
    key: str = ""

    @property
    def words(self) -> str:
        return self.name or self.address


NOBODY = Somebody()


@dataclass(frozen=True, slots=True)
class Said:
    """One message: by a customer, by the team, or a note of the team. `html` is as the export has it, not cleaned."""

    direction: str
    author: Somebody
    at: datetime
    text: str = ""
    html: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket of the other helpdesk. `status` is '' where it is left behind: spam, and what was deleted there."""

    where: str
    external_id: str
    subject: str
    customer: Somebody
    opened_at: datetime
    said: tuple[Said, ...] = field(repr=False)
    status: str = Status.OPEN
    priority: str = Priority.MEDIUM
    tags: tuple[str, ...] = ()
    agent: Somebody = NOBODY
    ended_at: datetime | None = None
    remarks: tuple[str, ...] = ()  # what could not be kept as it was


@dataclass(frozen=True, slots=True)
class Unread:
    """A place of the export that could not be read, and why."""

    where: str
    why: str


def word(value: object, limit: int = MAX_WORD) -> str:
    """A short text in one line; '' for what is no text and no number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(clean_text(str(value)[: limit * 4], limit).split())


def words(value: object) -> str:
    """A long text as it is; '' for what is none."""
    return value if isinstance(value, str) else ""


def things(value: object) -> list[Any]:
    """The list that should be there, empty where something else is."""
    return value if isinstance(value, list) else []


def object_in(value: object) -> Mapping[str, Any]:
    """The object that should be there, empty where something else is."""
    return value if isinstance(value, dict) else {}


def address_in(value: object) -> str:
    """The mail address, normalised; '' where there is none that mail could be sent to."""
    try:
        return typed_address(word(value))
    except Invalid:
        return ""


def moment(value: object) -> datetime | None:
    """An ISO 8601 date, in UTC where it names no zone; None for what is none, for before 1980 and for tomorrow."""
    try:
        found = datetime.fromisoformat(word(value))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if EARLIEST <= found <= datetime.now(UTC) else None


def status_of(value: object) -> tuple[str, tuple[str, ...]]:
    """Our status for theirs; one that the table does not know is open, and the remark says what it was."""
    theirs = word(value).lower()
    if theirs in STATUSES or not theirs:
        return STATUSES.get(theirs, Status.OPEN), ()
    return Status.OPEN, (f"Its status was “{theirs}” there.",)


def priority_of(value: object) -> str:
    return PRIORITIES.get(word(value).lower(), Priority.MEDIUM)


def tags_of(values: Iterable[object]) -> tuple[str, ...]:
    """Tags as words, or as objects that have a name."""
    named = (word(object_in(each).get("name") if isinstance(each, dict) else each) for each in values)
    return tuple(tag for tag in named if tag)


def left_behind(names: Iterable[object]) -> tuple[str, ...]:
    """A remark for each file: exports name them, and do not hold them."""
    return tuple(f"The file “{name}” was not taken over." for name in map(word, names) if name)


def dated(at: datetime | None, otherwise: datetime) -> tuple[datetime, tuple[str, ...]]:
    """When it was said; where the export does not tell, at the time of the ticket, and a remark says so."""
    return (at, ()) if at is not None else (otherwise, ("The export does not tell when this was said.",))


def in_order(said: Iterable[Said]) -> tuple[Said, ...]:
    """By date; what was said at one moment stays in its order."""
    return tuple(sorted(said, key=lambda each: each.at))


def first_date(*dates: datetime | None) -> datetime | None:
    """The first that is there."""
    return next((each for each in dates if each is not None), None)


def end_of(status: str, told: datetime | None, said: Sequence[Said], opened_at: datetime) -> datetime | None:
    """When a resolved or closed ticket came to rest, as well as the export tells."""
    if status not in (Status.RESOLVED, Status.CLOSED):
        return None
    return told or (said[-1].at if said else opened_at)


def is_empty(text: str, html: str, remarks: Sequence[str]) -> bool:
    """Whether nothing was said: a change of status that the other helpdesk keeps among its messages."""
    return not (text.strip() or html.strip() or remarks)
