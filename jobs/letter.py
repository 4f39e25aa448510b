"""What goes into a mail, as plain values; and the reading of the rows that say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import and_, or_, select

from models.blobs import BlobStore
from models.database import db
from models.folds import new_words
from models.instance_mark import instance_mark
from models.mailbox import Mailbox
from models.message import Attachment, Direction, Message, MessageReference
from models.outbox import Outbox, OutboxState
from models.people import User
from models.ticket import Participant, Ticket
from models.visible import as_seen


@dataclass(frozen=True)
class Person:
    """A name to show and the address behind it; the name may be empty."""

    name: str
    address: str


@dataclass(frozen=True)
class Quote:
    """What the customer had said, for the reader's memory."""

    author: str
    at: datetime
    body: str


@dataclass(frozen=True)
class Forwarded:
    """The message that is handed on: what stands above it, and its words."""

    lines: tuple[tuple[str, str], ...]  # ('From', 'Dora <dora@example.net>'), …
    body: str
    html: str = ""  # cleaned


@dataclass(frozen=True)
class File:
    filename: str
    content_type: str
    data: bytes
    content_id: str = ""  # of a picture that the HTML may show in its place


@dataclass(frozen=True)
class Letter:
    """A reply to one recipient: everything `compose` needs, and nothing that it would have to ask for.

    `rcpt` is whom the envelope goes to, one of those shown in `to` and `cc`. Message-IDs have their angle
    brackets; `parents` are the ids, oldest first, of the mails that this recipient wrote or got, the last one
    being the mail that is answered.
    """

    outbox_id: UUID
    mark: str
    sender: Person
    rcpt: str
    to: Person
    cc: tuple[Person, ...]
    date: datetime
    message_id: str
    parents: tuple[str, ...]
    subject: str
    ref: str
    body: str
    body_html: str = ""  # cleaned; '' where the text says it all
    also_to: tuple[Person, ...] = ()  # in To, after `to`
    signature: str = ""
    quote: Quote | None = None
    forwarded: Forwarded | None = None
    files: tuple[File, ...] = ()
    template: str = "reply"  # the folder in templates/mails/ that its words come from
    said: Mapping[str, object] = field(default_factory=dict)  # what else the template asks for
    reply_to: str = ""  # a signed address of the recipient's own, where the desk has a domain for them
    auto_submitted: Literal["", "auto-replied", "auto-generated"] = ""  # '' is a person's mail (RFC 3834)


def letter_for(row: Outbox, keys: Sequence[bytes], blobs: BlobStore) -> Letter:
    """The reply in `row`. Raises `OSError`, `BlobDamaged` when a file cannot be read."""
    message = db.session.get_one(Message, row.message_id)
    answered = message_answered(message)
    letter = letter_with(message, row, keys, blobs)
    return replace(letter, parents=parents_of(row, answered), quote=quote_of(row, answered))


def letter_with(message: Message, row: Outbox, keys: Sequence[bytes], blobs: BlobStore) -> Letter:
    """What every mail of a message has: its words and files, from whom and to whom. Raises as `letter_for`."""
    ticket = db.session.get_one(Ticket, row.ticket_id)
    mailbox = db.session.get_one(Mailbox, message.mailbox_id)
    to, cc = people_of(row)
    return Letter(
        outbox_id=row.id,
        mark=instance_mark(keys, row.id),
        sender=Person(signed_name(message, mailbox), row.mail_from),
        rcpt=row.rcpt,
        to=to[0],
        also_to=to[1:],
        cc=cc,
        date=message.created_at,
        message_id=row.rfc_message_id,
        parents=(),
        subject=ticket.subject,
        ref=ticket.ref,
        body=message.body,
        body_html=message.body_html,
        signature=mailbox.signature,
        files=files_of(message, blobs),
    )


def signed_name(message: Message, mailbox: Mailbox) -> str:
    """`Ada (Support)`, from our own tables. A user name is for signing in and is told to nobody."""
    author = None if message.author_id is None else db.session.get(User, message.author_id)
    if author is None or not author.full_name or author.full_name == mailbox.name:
        return mailbox.name
    return f"{author.full_name} ({mailbox.name})"


def people_of(row: Outbox) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """Whom the headers show in To and in Cc: all who were addressed with this message, this recipient among them.

    An address beyond ASCII makes a mail that few servers take: only its owner's own mail shows it.
    """
    still = or_(Outbox.state != OutboxState.CANCELLED, Outbox.id == row.id)
    found = (
        select(Outbox, Participant, User.full_name)
        .outerjoin(Participant, Participant.id == Outbox.participant_id)
        .outerjoin(User, User.id == Participant.user_id)
        .where(Outbox.message_id == row.message_id, Outbox.kind == row.kind, still)
        .order_by(Participant.role.desc(), Participant.id, Outbox.rcpt)  # 'requester' before 'cc'
    )
    shown: dict[str, list[Person]] = {"to": [], "cc": []}
    for mail, participant, name in db.session.execute(found):
        address = participant.address_as_written if participant else mail.rcpt
        if mail.id == row.id or address.isascii():
            as_role = "to" if participant is None or participant.role == "requester" else "cc"
            shown[mail.addressed_as or as_role].append(Person(name or "", address))
    if not shown["to"]:  # a mail needs somebody it is to
        shown["to"].append(shown["cc"].pop(0))
    return tuple(shown["to"]), tuple(shown["cc"])


def message_answered(message: Message) -> Message | None:
    """The customer's message that the reply follows: the last one that is public and not held."""
    earlier = select(Message).where(
        Message.ticket_id == message.ticket_id,
        Message.id < message.id,
        Message.direction == Direction.IN,
        Message.held_reason.is_(None),
        Message.audience_id.is_not_distinct_from(message.audience_id),
    )
    return db.session.scalar(earlier.order_by(Message.id.desc()).limit(1))


def quote_of(row: Outbox, answered: Message | None) -> Quote | None:
    """The answered message, if this recipient wrote it: nobody is shown what they were not sent."""
    recipient = db.session.get_one(Participant, row.participant_id)
    if answered is None or answered.author_id != recipient.user_id:
        return None
    author = answered.author_name or answered.author_address
    words = as_seen(new_words(answered.body, answered.folds), answered.body_html, new=True)
    return Quote(author, answered.created_at, words)


def parents_of(row: Outbox, answered: Message | None) -> tuple[str, ...]:
    """Message-IDs, oldest first, of what this recipient may have up to the answered message."""
    ours = and_(
        MessageReference.direction == "out",
        Outbox.participant_id == row.participant_id,
        Outbox.state.not_in([OutboxState.FAILED, OutboxState.CANCELLED]),
    )
    sent = db.session.get_one(Message, row.message_id)
    last = sent.id - 1 if answered is None else answered.id
    known = (
        select(MessageReference.rfc_message_id)
        .join(Message, Message.id == MessageReference.message_id)
        .outerjoin(Outbox, Outbox.id == MessageReference.outbox_id)
        .where(
            Message.ticket_id == sent.ticket_id,
            Message.audience_id.is_not_distinct_from(sent.audience_id),  # a merge shows nobody the ids of others' mails
            Message.id <= last,
            Message.direction != Direction.NOTE,
            Message.held_reason.is_(None),
            or_(MessageReference.direction == "in", ours),
        )
        .order_by(Message.id, MessageReference.id)
    )
    return tuple(f"<{message_id}>" for message_id in db.session.scalars(known))


def files_of(message: Message, blobs: BlobStore) -> tuple[File, ...]:
    rows = db.session.scalars(
        select(Attachment).where(Attachment.message_id == message.id).order_by(Attachment.id)
    )
    return tuple(
        File(row.filename, row.content_type, blobs.read(row.blob_sha256), row.content_id if row.is_inline else "")
        for row in rows
    )
