"""What customers do in the portal and through the API: open a ticket, answer on one, resolve and reopen it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from models.actions.codes import first_mailbox
from models.actions.guesses import one_at_a_time
from models.actions.messages import MAX_BODY, Received, StoredFile, receive_message, receive_on, refuse_stale_view
from models.actions.tickets import clean_subject, lock_ticket, open_ticket, set_status
from models.actor import actor_of
from models.database import db
from models.errors import Conflict, Forbidden, Invalid
from models.mailbox import Mailbox
from models.message import Message, Source
from models.moves import may_reopen
from models.people import User
from models.text import clean_text
from models.ticket import Priority, Status, Ticket

OVER = "this request is closed: open a new one, and we will see to it"


def ask(
    customer: User,
    subject: str,
    description: str,
    *,
    source: str = Source.WEB,
    priority: str = Priority.MEDIUM,
    mailbox_id: int | None = None,
    files: Sequence[StoredFile] = (),
    idempotency_key: str | None = None,
) -> Ticket:
    """A new ticket of the customer's, with its first message. The same key again returns the first ticket.

    Raises `Invalid`, or `Conflict` where the desk has no mailbox.
    """
    if idempotency_key:
        one_at_a_time("ask", f"{customer.id} {idempotency_key}")
    earlier = said_before(customer, idempotency_key)
    if earlier is not None:
        return db.session.get_one(Ticket, earlier.ticket_id)
    subject, body = clean_subject(subject), body_of(description, "description")
    if priority not in list(Priority):
        raise Invalid("priority", f"a priority is one of {', '.join(Priority)}")
    mailbox = first_mailbox() if mailbox_id is None else db.session.get(Mailbox, mailbox_id)
    if mailbox is None or not mailbox.is_active:
        raise Invalid("mailbox", "there is no such mailbox")
    actor = actor_of(customer)
    ticket = open_ticket(mailbox.id, customer, customer.email or "", subject, body, actor, priority=priority)
    said = receive_on(ticket, received(customer, body, source, files), actor)
    said.idempotency_key = idempotency_key
    db.session.flush()
    return ticket


def answer(
    ticket_id: int,
    customer: User,
    body: str,
    *,
    source: str = Source.WEB,
    files: Sequence[StoredFile] = (),
    idempotency_key: str | None = None,
    last_seen_message: int | None = None,
) -> Message:
    """The customer's words on a ticket of his own; a waiting or resolved one goes back to work.

    The same key again returns the first message. Raises `Forbidden` for another's ticket, `Invalid`, `StaleView` where
    the team has written since `last_seen_message`, and `Conflict` where the ticket is closed, or resolved for long.
    """
    ticket = own_ticket(ticket_id, customer)  # locked: the same key twice at once comes here one after the other
    earlier = said_before(customer, idempotency_key)
    if earlier is not None and earlier.ticket_id == ticket_id:
        return earlier
    if earlier is not None:
        raise Conflict("this Idempotency-Key was used for another message: take a new one")
    refuse_stale_view(ticket, last_seen_message, actor_of(customer))
    body = body_of(body, "body")
    if not may_reopen(ticket.status, ticket.resolved_at, datetime.now(UTC)):
        raise Conflict(OVER)
    said = receive_message(ticket_id, received(customer, body, source, files), actor_of(customer))
    said.idempotency_key = idempotency_key
    db.session.flush()
    return said


def resolve(ticket_id: int, customer: User) -> Ticket:
    """The customer's matter is settled. Raises `Forbidden`, `IllegalMove`."""
    own_ticket(ticket_id, customer)
    return set_status(ticket_id, Status.RESOLVED, actor_of(customer))


def reopen(ticket_id: int, customer: User) -> Ticket:
    """It was not settled after all. Raises `Forbidden`, `IllegalMove`, `Conflict` when it is too long ago."""
    ticket = own_ticket(ticket_id, customer)
    if not may_reopen(ticket.status, ticket.resolved_at, datetime.now(UTC)):
        raise Conflict(OVER)
    back = Status.IN_PROGRESS if ticket.assigned_agent_id is not None else Status.OPEN
    return set_status(ticket_id, back, actor_of(customer))


def own_ticket(ticket_id: int, customer: User) -> Ticket:
    ticket = lock_ticket(ticket_id)
    if ticket.customer_id != customer.id:
        raise Forbidden("this is not your request")
    return ticket


def said_before(customer: User, key: str | None) -> Message | None:
    """What this person sent under the same key: a double click, or an answer lost on its way."""
    if not key:
        return None
    return db.session.scalar(select(Message).where(Message.author_id == customer.id, Message.idempotency_key == key))


def body_of(text: str, field: str) -> str:
    body = clean_text(text, MAX_BODY).strip()
    if not body:
        raise Invalid(field, "write something first")
    return body


def received(customer: User, body: str, source: str, files: Sequence[StoredFile]) -> Received:
    """Whoever is signed in has shown who he is: nobody has to vouch for the sender."""
    return Received(
        body=body,
        author_id=customer.id,
        author_name=customer.name,
        author_address=customer.email or "",
        source=source,
        files=files,
        sender_verified=True,
    )
