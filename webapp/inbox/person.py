"""The customer beside a conversation: who he is, where mail reaches him, who else takes part, what was before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from models.message import Message
from models.outbox import OutboxState
from models.people import Role, User
from models.person_note import PersonNote
from models.queries.beside import Beside
from models.queries.history import Past, earlier_tickets, notes_about
from models.queries.remote_pictures import compared_as
from models.queries.suppression import suppressions_of
from models.settings import AgentVisibility
from models.suppression import Reason, Suppression
from models.ticket import Participant, Status, Ticket
from webapp.clock import Clock, When
from webapp.inbox.view_models import STATUS_WORDS, Face, face_of_user

MOST_EARLIER = 5


@dataclass(frozen=True)
class Mark:
    """What is known of an address: `tone` is 'good', 'doubt' or 'bad'."""

    tone: str
    words: str


@dataclass(frozen=True)
class Address:
    """One that gets what is written on the ticket. `participant_id` where it can be taken off."""

    address: str
    marks: tuple[Mark, ...]
    participant_id: int | None
    can_be_lifted: bool  # by this reader: the desk does not write there, and he may say that it does again


@dataclass(frozen=True)
class EarlierTicket:
    id: int
    ref: str
    subject: str
    status: str
    status_label: str
    when: When


@dataclass(frozen=True)
class NoteLine:
    id: int
    author: str
    body: str
    when: When
    can_be_removed: bool


@dataclass(frozen=True)
class Person:
    """The customer, beside the conversation."""

    id: int
    name: str
    face: Face
    since: When
    created: When
    first_answer: When | None
    own: Address | None
    others: tuple[Address, ...]
    earlier: tuple[EarlierTicket, ...]
    has_more: bool
    notes: tuple[NoteLine, ...]
    is_customer: bool


def person_of(
    ticket: Ticket, messages: Sequence[Message], viewer: User, visibility: AgentVisibility, there: Beside, clock: Clock
) -> Person:
    customer = ticket.customer
    addresses = list(addresses_of(ticket, messages, viewer, there))
    earlier = earlier_tickets(customer.id, viewer, visibility, but=ticket.id, most=MOST_EARLIER + 1)
    return Person(
        id=customer.id,
        name=customer.name,
        face=face_of_user(customer),
        since=clock.when(customer.created_at),
        created=clock.when(ticket.created_at),
        first_answer=clock.when(ticket.first_response_at) if ticket.first_response_at else None,
        own=next((each for is_own, each in addresses if is_own), None),
        others=tuple(each for is_own, each in addresses if not is_own),
        earlier=tuple(earlier_line(each, clock) for each in earlier[:MOST_EARLIER]),
        has_more=len(earlier) > MOST_EARLIER,
        notes=note_lines(notes_about(customer.id) if there.notes else (), viewer, clock),
        is_customer=customer.role == Role.CUSTOMER,
    )


def addresses_of(ticket: Ticket, messages: Sequence[Message], viewer: User, there: Beside) -> Iterator[tuple[bool, Address]]:
    """Everybody who takes part, the customer's own addresses marked as such."""
    present = [each for each in ticket.participants if each.left_at is None]
    stopped = suppressions_of([each.address for each in present]) if there.stopped else {}
    proved, failing = proofs(messages), set(failing_in(messages))
    for each in present:
        stop = stopped.get(each.address)
        marks = tuple(marks_of(each.address, proved, stop, each.address in failing))
        is_own = each.user_id == ticket.customer_id
        yield is_own, Address(each.address_as_written, marks, removable(each), stop is not None and viewer.role == Role.ADMIN)


def removable(participant: Participant) -> int | None:
    """Whoever opened the ticket takes part in it."""
    return None if participant.role == "requester" else participant.id


def marks_of(address: str, proved: Mapping[str, bool], stop: Suppression | None, is_failing: bool) -> Iterator[Mark]:
    if address in proved:
        yield Mark("good", _("verified")) if proved[address] else Mark("doubt", _("not verified"))
    if stop is not None and stop.reason == Reason.COMPLAINT:
        yield Mark("bad", _("Called our mail unwanted: gets answers, and nothing by itself"))
    elif stop is not None:
        yield Mark("bad", _("Mail to this address comes back: %(why)s", why=stop.detail).rstrip(": "))
    elif is_failing:
        yield Mark("bad", _("the last mail did not arrive"))


def proofs(messages: Iterable[Message]) -> dict[str, bool]:
    """For each address that wrote here: whether it was proved that its newest mail is its own."""
    known: dict[str, bool] = {}
    for message in messages:
        if message.sender_verified is not None and message.held_reason is None and (wrote := compared_as(message.author_address)):
            known[wrote] = message.sender_verified
    return known


def failing_in(messages: Iterable[Message]) -> Iterator[str]:
    """The addresses that the newest mail to them did not reach."""
    newest = {compared_as(row.rcpt): row.state for message in messages for row in message.deliveries}
    return (address for address, state in newest.items() if state == OutboxState.FAILED)


def earlier_line(past: Past, clock: Clock) -> EarlierTicket:
    status = Status(past.status)
    return EarlierTicket(
        past.id,
        past.ref,
        past.subject.strip() or _("(no subject)"),
        status.lower().replace("_", "-"),
        STATUS_WORDS[status],
        clock.when(past.updated_at),
    )


def note_lines(notes: Iterable[PersonNote], viewer: User, clock: Clock) -> tuple[NoteLine, ...]:
    return tuple(
        NoteLine(note.id, note.author_name, note.body, clock.when(note.created_at), viewer.role == Role.ADMIN or note.author_id == viewer.id)
        for note in notes
    )
