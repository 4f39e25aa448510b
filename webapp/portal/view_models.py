"""What the portal's templates are shown: the customer's side of a ticket, and nothing of the team's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import lazy_gettext as _l

from models.message import Direction, Message
from models.moves import customer_may_move, may_reopen
from models.people import User
from models.ticket import Status, Ticket
from webapp.clock import Clock, When
from webapp.inbox.cards import FileChip, Piece, card_of
from webapp.inbox.view_models import Face, face_of, subject_of

# How a customer hears of a status: who has to do something next.
WORDS = {
    Status.OPEN: _l("Received"),
    Status.ASSIGNED: _l("Received"),
    Status.IN_PROGRESS: _l("In progress"),
    Status.WAITING_ON_CUSTOMER: _l("Your answer is wanted"),
    Status.RESOLVED: _l("Resolved"),
    Status.CLOSED: _l("Closed"),
}


@dataclass(frozen=True)
class RequestRow:
    id: int
    ref: str
    subject: str
    status: str
    status_words: str
    preview: str
    last_by_us: bool
    when: When


@dataclass(frozen=True)
class Said:
    """One message, as the customer sees it."""

    id: int
    is_ours: bool
    author: str
    face: Face
    when: When
    has_html: bool
    pieces: tuple[Piece, ...]
    files: tuple[FileChip, ...]


@dataclass(frozen=True)
class Request:
    id: int
    ref: str
    subject: str
    status: str
    status_words: str
    opened: When
    messages: tuple[Said, ...]
    may_answer: bool
    may_resolve: bool
    may_reopen: bool


def row_of(ticket: Ticket, clock: Clock, *, shows_preview: bool = True) -> RequestRow:
    """Without its preview where the last words on it are another customer's, brought there by a merge."""
    status = Status(ticket.status)
    return RequestRow(
        id=ticket.id,
        ref=ticket.ref,
        subject=subject_of(ticket),
        status=class_of(status),
        status_words=WORDS[status],
        preview=ticket.preview if shows_preview else "",
        last_by_us=ticket.last_direction == Direction.OUT,
        when=clock.when(ticket.updated_at),
    )


def request_of(ticket: Ticket, messages: Sequence[Message], names: Mapping[int, str], clock: Clock) -> Request:
    """`names` are the full names of the authors by id: user names are told to nobody."""
    status = Status(ticket.status)
    is_open = may_reopen(ticket.status, ticket.resolved_at, datetime.now(UTC))
    has_agent = ticket.assigned_agent_id is not None
    return Request(
        id=ticket.id,
        ref=ticket.ref,
        subject=subject_of(ticket),
        status=class_of(status),
        status_words=WORDS[status],
        opened=clock.when(ticket.created_at),
        messages=tuple(said_of(message, names, ticket.mailbox.name, clock) for message in messages),
        may_answer=is_open,
        may_resolve=customer_may_move(ticket.status, Status.RESOLVED, has_agent),
        may_reopen=status == Status.RESOLVED and is_open,
    )


def said_of(message: Message, names: Mapping[int, str], desk_name: str, clock: Clock) -> Said:
    card = card_of(message, clock)
    is_ours = message.direction == Direction.OUT
    full_name = names.get(message.author_id or 0, "")
    author = (full_name or desk_name) if is_ours else (full_name or card.author)
    return Said(
        id=message.id,
        is_ours=is_ours,
        author=author,
        face=face_of(author, author),
        when=card.when,
        has_html=card.has_html,
        pieces=card.pieces,
        files=card.files,
    )


def names_of(people: Sequence[User]) -> dict[int, str]:
    return {person.id: person.full_name for person in people}


def class_of(status: Status) -> str:
    return status.lower().replace("_", "-")
