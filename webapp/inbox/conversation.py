"""One conversation: its head, its messages with what happened between them, and the composer below."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from models.html_rules import PARKED
from models.message import Message
from models.people import User
from models.queries.beside import Beside, beside
from models.queries.places import places_for
from models.queries.remote_pictures import trusted_by
from models.queries.tickets import ticket_seen_by
from models.settings import AgentVisibility
from models.ticket import ACTIVE, Priority, Status, Ticket
from webapp.clock import Clock
from webapp.inbox.around import Around, around
from webapp.inbox.attending import Attention, attention_of
from webapp.inbox.blueprint import assignable
from webapp.inbox.cards import Card, card_of
from webapp.inbox.composing import Composer, composer_of
from webapp.inbox.person import Person, person_of
from webapp.inbox.thread import Thread, Wanted, read_thread
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
class Conversation:
    head: Head
    thread: Thread
    composer: Composer
    person: Person
    around: Around
    places: tuple[Choice, ...]  # tickets to which one of its mails may be moved
    attention: Attention
    trusted: frozenset[str]  # senders on it whose pictures the viewer sees at once
    asked_for_draft: bool  # of the AI's, by the viewer
    unread: int | None  # the newest public message (-1 where nothing was said), None where he has read so far


def conversation_of(
    viewer: User,
    visibility: AgentVisibility,
    ticket_id: int,
    clock: Clock,
    *,
    mode: str = "reply",
    wanted: Wanted = Wanted(),
    forwarded: int | None = None,
) -> Conversation:
    """Everything the right-hand pane shows. Raises `NotFound` also where the viewer may not know of it."""
    ticket = ticket_seen_by(viewer, visibility, ticket_id)
    there = beside(ticket, viewer)
    thread, messages = read_thread(ticket, viewer, clock, wanted, has_files=bool(there.files))
    return Conversation(
        head=head_of(ticket, assignable(), viewer),
        thread=thread,
        composer=composer_of(ticket, messages, viewer, there, thread.last_message, mode, forwarded),
        person=person_of(ticket, messages, viewer, visibility, there, clock),
        around=around(ticket, messages, viewer, visibility, there),
        places=tuple(
            Choice(place.ref, f"{place.ref} · {subject_of(place)}") for place in places_for(ticket, viewer, visibility)
        ),
        attention=attention_of(ticket, there, clock),
        trusted=frozenset(trusted_by(viewer.id, {message.author_address for message in messages if PARKED in message.body_html})),
        asked_for_draft=there.ai_drafts > 0,
        unread=newest_unread(ticket, there),
    )


def newest_unread(ticket: Ticket, there: Beside) -> int | None:
    """What is to be noted as read once this is on the page: no more than it shows."""
    newest = -1 if ticket.last_message_id is None else ticket.last_message_id
    return None if there.read == newest else newest


def head_of(ticket: Ticket, agents: Sequence[Any], viewer: User) -> Head:
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


def newer_cards(messages: Iterable[Message], seen: int, viewer: User, clock: Clock) -> tuple[Card, ...]:
    """What others have written since `seen`, as `post_reply` counts it."""
    return tuple(
        card_of(message, clock)
        for message in messages
        if message.id > seen and message.author_id != viewer.id
    )
