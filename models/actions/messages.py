"""Saying something on a ticket: a customer's message, an agent's reply, a note for the team."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from models.actions.addressing import addressed, queue_reply
from models.actions.ai_drafts import measure_what_was_kept
from models.actions.drafts import discard_draft
from models.actions.loops import break_loops
from models.actions.mentions import mention
from models.actions.notices import tell_of_message
from models.actions.numbers import message_ids, reserved_number
from models.actions.reading import has_read
from models.actions.references import remember_message_id
from models.actions.snoozing import wake
from models.actions.tickets import change_status, lock_living, lock_ticket, move, refuse_merged
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, StaleView
from models.events import MessageCreated, record
from models.markup import CLEANER_VERSION
from models.message import Attachment, Direction, Message, Source
from models.moves import status_after_agent_replied, status_after_customer_wrote
from models.queries.audiences import home_of
from models.queries.conversations import said_on
from models.rich_text import text_of_html, written_html
from models.text import clean_text
from models.ticket import Ticket

MAX_BODY = 500_000
MAX_PREVIEW = 200


@dataclass(frozen=True)
class StoredFile:
    """A file whose bytes lie in the blob store already."""

    blob_sha256: str
    filename: str
    content_type: str
    size: int
    is_inline: bool = False
    content_id: str = ""
    scan: str | None = None  # a `Scan`; None while no scanner has looked into it
    malware: str = ""


@dataclass(frozen=True)
class Received:
    """What a customer said, as plain values: by mail, or in the portal."""

    body: str
    author_id: int
    author_name: str
    author_address: str
    source: str = Source.EMAIL
    shown: str = ""  # the new words alone, for the list's preview
    body_html: str = ""
    cleaner_version: int = 0
    folds: Sequence[Sequence[object]] = ()
    remarks: Sequence[str] = ()
    files: Sequence[StoredFile] = ()
    inbound_id: UUID | None = None
    rfc_message_id: str = ""  # without brackets
    sender_verified: bool | None = None
    sender_level: int | None = None  # A0 to A3
    sender_evidence: dict[str, Any] | None = None
    held_reason: str | None = None


@dataclass(frozen=True)
class Written:
    """What a member of the team wrote, and what the writer had seen.

    With `html` the text is made from it and `body` is not asked. `to` and `cc` are addresses; with neither, a reply goes
    to everybody who takes part.
    """

    body: str
    html: str = ""
    to: Sequence[str] | None = None
    cc: Sequence[str] | None = None
    source: str = Source.WEB
    last_seen_message: int | None = None
    set_status: str | None = None
    idempotency_key: str | None = None
    inbound_id: UUID | None = None  # where it was written by mail
    files: Sequence[StoredFile] = field(default=())
    undo_seconds: int = 0  # how long the mail waits for its writer to think better of it


def receive_message(ticket_id: int, received: Received, actor: Actor, *, wakes: bool = True) -> Message:
    """Add a customer's message. With `wakes`, a waiting or resolved ticket goes back to work.

    A held message is kept and shown to agents, and does nothing else to the ticket. Raises `Conflict` where the ticket
    was merged into another one a moment ago: whoever looks again finds that one.
    """
    return receive_on(lock_living(ticket_id), received, actor, wakes=wakes)


def receive_on(
    ticket: Ticket, received: Received, actor: Actor, *, wakes: bool = True, is_followed: bool = True
) -> Message:
    """As `receive_message`, for a ticket that is locked, or so new that nobody else can know of it.

    `is_followed` is False where the caller knows that nobody follows the ticket: then nobody is looked for.
    """
    message = message_of(ticket, received, audience_id=home_of(ticket, received.author_id))
    keep(message, received.files)
    if received.rfc_message_id:
        remember_message_id(message.id, "in", received.rfc_message_id)
    if received.held_reason is None:
        stand_last(ticket, message, received.shown or received.body)
        if wakes:
            wake(ticket, actor, "reply")
            change_status(ticket, status_after_customer_wrote(ticket.status, ticket.assigned_agent_id is not None), actor)
        break_loops(ticket, message)
        if is_followed or ticket.assigned_agent_id is not None:
            tell_of_message(ticket, message, received.shown or received.body)
    is_held, is_apart = received.held_reason is not None, message.audience_id is not None
    kind = "held" if is_held else "received"
    note_on_timeline(ticket.id, kind, actor, message_id=message.id, is_internal=is_held or is_apart)
    record(MessageCreated(ticket.id, message.id, message.direction, is_held, is_apart))
    return message


def message_of(ticket: Ticket, said: Received, direction: str = Direction.IN, **more: Any) -> Message:
    """The row for words that came from outside, or from before this desk was there; made safe to store."""
    return Message(
        ticket_id=ticket.id,
        mailbox_id=ticket.mailbox_id,
        inbound_id=said.inbound_id,
        direction=direction,
        source=said.source,
        author_id=said.author_id or None,
        author_name=clean_text(said.author_name, 200),
        author_address=clean_text(said.author_address, 320),
        body=clean_text(said.body, MAX_BODY),
        body_html=said.body_html,
        cleaner_version=said.cleaner_version,
        folds=[list(fold) for fold in said.folds],
        remarks=[clean_text(remark, 500) for remark in said.remarks],
        sender_verified=said.sender_verified,
        sender_level=said.sender_level,
        sender_evidence=said.sender_evidence,
        held_reason=said.held_reason,
        **more,
    )


def post_reply(ticket_id: int, written: Written, actor: Actor, keys: Sequence[bytes]) -> Message:
    """Answer the customer: the message, one outbox row for each recipient, the ticket's new status.

    The same `idempotency_key` again returns the first message; for other words it is a `Conflict`, and so is a ticket
    that goes on in another one: there nobody would read the reply. Raises `StaleView` when somebody else has written
    since `last_seen_message`, `Invalid` for an empty body, `IllegalMove` for a status out of reach.
    """
    if not actor.is_staff:
        raise Forbidden("only agents answer customers")
    body = body_of(written)
    ticket = lock_ticket(ticket_id)
    earlier = said_before(ticket, Direction.OUT, written, actor)
    if earlier is not None:
        return earlier
    refuse_merged(ticket)
    refuse_stale_view(ticket, written.last_seen_message, actor)
    people = addressed(ticket, written.to, written.cc, actor)
    message = keep(said(ticket, Direction.OUT, body, written, actor), written.files)
    queue_reply(ticket, message, people, keys, undo_seconds=written.undo_seconds)
    stand_last(ticket, message, body)
    if ticket.first_response_at is None:
        ticket.first_response_at = func.clock_timestamp()
    note_on_timeline(ticket.id, "replied", actor, message_id=message.id)
    record(MessageCreated(ticket.id, message.id, message.direction))
    tell_of_message(ticket, message, body)
    change_status(ticket, status_after_agent_replied(ticket.status), actor)
    if written.set_status:
        move(ticket, written.set_status, actor)
    if actor.id is not None:
        has_read(actor.id, ticket.id, message.id)
        discard_draft(ticket.id, actor.id, "reply")
        measure_what_was_kept(message)
    return message


def add_note(ticket_id: int, written: Written, actor: Actor) -> Message:
    """Leave a note that only the team sees. It leaves no trace that a customer could see.

    Raises `StaleView` where the writer says what he has seen and there is more.
    """
    if not actor.is_staff:
        raise Forbidden("only agents leave notes")
    body = body_of(written)
    ticket = lock_ticket(ticket_id)
    earlier = said_before(ticket, Direction.NOTE, written, actor)
    if earlier is not None:
        return earlier
    refuse_stale_view(ticket, written.last_seen_message, actor)
    message = keep(said(ticket, Direction.NOTE, body, written, actor), written.files)
    note_on_timeline(ticket.id, "noted", actor, message_id=message.id, is_internal=True)
    record(MessageCreated(ticket.id, message.id, message.direction))
    tell_of_message(ticket, message, body)
    mention(ticket, message, actor)
    if actor.id is not None:
        discard_draft(ticket.id, actor.id, "note")
    return message


def body_of(written: Written) -> str:
    body = words_of(written)
    if not body:
        raise Invalid("body", "write something first")
    return body


def words_of(written: Written) -> str:
    """The text, which is made from the HTML where there is one; it may be empty."""
    return clean_text(text_of_html(written.html) if written.html else written.body, MAX_BODY).strip()


def said_before(
    ticket: Ticket, direction: Direction, written: Written, actor: Actor, forward_of_id: int | None = None
) -> Message | None:
    """What this person said here under the same key: a double click, or an answer that was lost on the way.

    Raises `Conflict` where the key stood for something else: to swallow these words as said would lose them.
    """
    if not written.idempotency_key:
        return None
    same = select(Message).where(Message.author_id == actor.id, Message.idempotency_key == written.idempotency_key)
    message = db.session.scalar(same)
    meant = (ticket.id, direction, forward_of_id)
    if message is not None and (message.ticket_id, message.direction, message.forward_of_id) != meant:
        raise Conflict("this Idempotency-Key was used for another message: take a new one")
    return message


def refuse_stale_view(ticket: Ticket, last_seen: int | None, actor: Actor) -> None:
    """Raises `StaleView` when others have written messages the writer has not seen. The ticket is locked.

    To a customer only what he may read is new: a refusal must not tell him of a note, nor of another customer's words.
    """
    if last_seen is None:
        return
    unseen = select(Message.id).where(
        said_on(ticket.id, actor), Message.id > last_seen, Message.author_id.is_distinct_from(actor.id)
    )
    newer = list(db.session.scalars(unseen.order_by(Message.id)))
    if newer:
        raise StaleView(newer)


def said(ticket: Ticket, direction: Direction, body: str, written: Written, actor: Actor) -> Message:
    html = written_html(written.html) if written.html else ""
    return Message(
        ticket_id=ticket.id,
        mailbox_id=ticket.mailbox_id,
        direction=direction,
        source=written.source,
        author_id=actor.id,
        author_name=actor.name,
        inbound_id=written.inbound_id,
        body=body,
        body_html=html,
        cleaner_version=CLEANER_VERSION if html else 0,
        idempotency_key=written.idempotency_key,
    )


def keep(message: Message, files: Sequence[StoredFile]) -> Message:
    """Write the message and its attachments, so that they have ids."""
    number = reserved_number(message_ids)
    if number is not None:
        message.id = number
    db.session.add(message)
    if number is None:
        db.session.flush()
    for file in files:
        db.session.add(
            Attachment(
                message_id=message.id,
                blob_sha256=file.blob_sha256,
                filename=clean_text(file.filename, 255) or "attachment",
                content_type=file.content_type,
                size=file.size,
                is_inline=file.is_inline,
                content_id=clean_text(file.content_id, 500),
                scan=file.scan,
                malware=clean_text(file.malware, 200),
            )
        )
    return message


def stand_last(ticket: Ticket, message: Message, words: str) -> None:
    """Make the public `message` the one that the lists show of the locked or new ticket."""
    ticket.last_message_id = message.id
    ticket.last_direction = message.direction
    ticket.message_count += 1
    ticket.preview = " ".join(clean_text(words, MAX_BODY).split())[:MAX_PREVIEW]
    if ticket not in db.session.new:  # what is written just now is of now anyway
        ticket.updated_at = func.clock_timestamp()
