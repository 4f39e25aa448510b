"""One conversation: its head, its messages with what happened between them, and the composer below."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from models.message import Message
from models.people import User
from models.queries.conversations import messages_of, timeline_of
from models.queries.people import assignable_agents
from models.queries.places import places_for
from models.queries.suppression import suppression_of
from models.queries.tickets import ticket_seen_by
from models.settings import AgentVisibility
from models.suppression import Reason
from models.ticket import ACTIVE, Participant, Priority, Status, Ticket
from models.timeline import TimelineEntry
from webapp.clock import Clock, When
from webapp.inbox.around import Around, around
from webapp.inbox.cards import Card, card_of
from webapp.inbox.composing import Composer, composer_of, present
from webapp.inbox.happenings import Happening, happening_of
from webapp.inbox.view_models import (
    PRIORITY_WORDS,
    STATUS_WORDS,
    Choice,
    Face,
    assignee_choices,
    face_of_user,
    priority_choices,
    status_choices,
    subject_of,
)

SAID = frozenset({"received", "held", "replied", "noted"})  # happenings that a card shows already
SHOWN_AT_FIRST = 12  # older cards are folded into one line


@dataclass(frozen=True)
class Head:
    """What stands above a conversation."""

    id: int
    ref: str
    subject: str
    mailbox: str
    status: str
    status_label: str
    statuses: tuple[Choice, ...]
    done: Choice | None  # what the 'e' key does: resolve what is active, close what is resolved
    priority: str
    priority_label: str
    priorities: tuple[Choice, ...]
    assignee: Face | None
    is_mine: bool
    assignees: tuple[Choice, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Day:
    name: str


@dataclass(frozen=True)
class Changes:
    """Happenings in a row; more than a few are folded under one line."""

    lines: tuple[Happening, ...]


Item = Day | Card | Changes


@dataclass(frozen=True)
class Thread:
    items: tuple[Item, ...]
    folded: int  # how many older cards are not shown
    last_message: int  # id of the newest message, 0 where there is none
    last_is_mine: bool


@dataclass(frozen=True)
class Person:
    """The customer, beside the conversation."""

    name: str
    address: str
    face: Face
    since: When
    others: tuple[str, ...]
    created: When
    first_answer: When | None
    unreachable: str  # why the desk does not write to this address, '' where it does


@dataclass(frozen=True)
class Conversation:
    head: Head
    thread: Thread
    composer: Composer
    person: Person
    all_shown: bool
    around: Around
    places: tuple[Choice, ...]  # tickets to which one of its mails may be moved


def conversation_of(
    viewer: User,
    visibility: AgentVisibility,
    ticket_id: int,
    clock: Clock,
    *,
    mode: str = "reply",
    whole: bool = False,
    forwarded: int | None = None,
) -> Conversation:
    """Everything the right-hand pane shows. Raises `NotFound` also where the viewer may not know of it."""
    ticket = ticket_seen_by(viewer, visibility, ticket_id)
    messages = messages_of(ticket_id, viewer)
    thread = thread_of(messages, timeline_of(ticket_id, viewer), viewer, clock, whole=whole)
    return Conversation(
        head=head_of(ticket, assignable_agents(), viewer),
        thread=thread,
        composer=composer_of(ticket, messages, viewer.id, thread.last_message, mode, forwarded),
        person=person_of(ticket, clock),
        all_shown=whole,
        around=around(ticket, messages, viewer, visibility),
        places=tuple(
            Choice(place.ref, f"{place.ref} · {subject_of(place)}") for place in places_for(ticket, viewer, visibility)
        ),
    )


def head_of(ticket: Ticket, agents: Sequence[User], viewer: User) -> Head:
    status = Status(ticket.status)
    choices = status_choices(ticket)
    wanted = Status.RESOLVED if status in ACTIVE else Status.CLOSED
    return Head(
        id=ticket.id,
        ref=ticket.ref,
        subject=subject_of(ticket),
        mailbox=ticket.mailbox.name,
        status=status.lower().replace("_", "-"),
        status_label=STATUS_WORDS[status],
        statuses=choices,
        done=next((choice for choice in choices if choice.value == wanted), None),
        priority=ticket.priority.lower(),
        priority_label=PRIORITY_WORDS[Priority(ticket.priority)],
        priorities=priority_choices(ticket),
        assignee=face_of_user(ticket.assigned_agent) if ticket.assigned_agent else None,
        is_mine=ticket.assigned_agent_id == viewer.id,
        assignees=assignee_choices(agents, ticket, viewer),
        tags=tuple(ticket.tags),
    )


def thread_of(
    messages: Sequence[Message], entries: Iterable[TimelineEntry], viewer: User, clock: Clock, *, whole: bool
) -> Thread:
    """Messages and happenings in the order in which they came, with days between them, the oldest folded."""
    folded = 0 if whole or len(messages) <= SHOWN_AT_FIRST else len(messages) - SHOWN_AT_FIRST
    shown = messages[folded:]
    first = shown[0].created_at if shown and folded else None
    happened = [
        entry for entry in entries if entry.kind not in SAID and (first is None or entry.created_at >= first)
    ]
    newest = messages[-1] if messages else None
    return Thread(
        items=tuple(with_days(in_order(shown, happened), clock)),
        folded=folded,
        last_message=newest.id if newest else 0,
        last_is_mine=newest is not None and newest.author_id == viewer.id,
    )


def in_order(messages: Iterable[Message], entries: Iterable[TimelineEntry]) -> list[Message | TimelineEntry]:
    return sorted([*entries, *messages], key=moment_of)


def moment_of(item: Message | TimelineEntry) -> datetime:
    return item.created_at


def with_days(items: Iterable[Message | TimelineEntry], clock: Clock) -> Iterator[Item]:
    """Cards and grouped happenings, each day opened by its name."""
    day: date | None = None
    waiting: list[Happening] = []
    for item in items:
        today = clock.day(item.created_at)
        if waiting and (today != day or isinstance(item, Message)):
            yield Changes(tuple(waiting))
            waiting = []
        if today != day:
            day = today
            yield Day(clock.day_name(today))
        if isinstance(item, Message):
            yield card_of(item, clock)
        else:
            waiting.append(happening_of(item, clock))
    if waiting:
        yield Changes(tuple(waiting))


def person_of(ticket: Ticket, clock: Clock) -> Person:
    customer = ticket.customer
    return Person(
        name=customer.name,
        address=customer.email or "",
        face=face_of_user(customer),
        since=clock.when(customer.created_at),
        others=tuple(
            person.address_as_written
            for person in present(ticket.participants)
            if person.user_id != customer.id
        ),
        created=clock.when(ticket.created_at),
        first_answer=clock.when(ticket.first_response_at) if ticket.first_response_at else None,
        unreachable=why_unreachable(ticket),
    )


def newer_cards(messages: Iterable[Message], seen: int, viewer: User, clock: Clock) -> tuple[Card, ...]:
    """What others have written since `seen`, as `post_reply` counts it."""
    return tuple(
        card_of(message, clock)
        for message in messages
        if message.id > seen and message.author_id != viewer.id
    )


def why_unreachable(ticket: Ticket) -> str:
    """A sentence for the agent where mail to the customer comes back or is unwanted."""
    stop = suppression_of(ticket.customer.email or "")
    if stop is None:
        return ""
    if stop.reason == Reason.COMPLAINT:
        return _("Called our mail unwanted: gets answers, and nothing by itself")
    return _("Mail to this address comes back: %(why)s", why=stop.detail).rstrip(": ")
