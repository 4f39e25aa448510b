"""The letter that hands a message on to somebody who takes no part in the ticket."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from jobs.headers import display
from jobs.letter import Forwarded, Letter, letter_with, signed_name
from models.blobs import BlobStore
from models.database import db
from models.mailbox import Mailbox
from models.message import Direction, Message
from models.outbox import Outbox
from models.settings import Settings
from models.ticket import Ticket
from models.visible import as_seen

MAX_SHOWN = 200_000


def forward(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """It begins a conversation of its own: no Message-ID of the ticket stands in it, and no other recipient of it.

    Raises `OSError`, `BlobDamaged` when a file cannot be read.
    """
    message = db.session.get_one(Message, row.message_id)
    letter = letter_with(message, row, settings.signing_keys, blobs)
    return replace(letter, forwarded=handed_on(message), template="forward")


def handed_on(message: Message) -> Forwarded | None:
    """The message as it was; None where it has been deleted since."""
    original = db.session.get(Message, message.forward_of_id) if message.forward_of_id is not None else None
    if original is None:
        return None
    is_theirs = original.direction == Direction.IN  # of our own words both forms are made from one source
    words = as_seen(original.body, original.body_html) if is_theirs else original.body
    return Forwarded(tuple(lines_above(original, message)), words[:MAX_SHOWN], original.body_html)


def lines_above(original: Message, message: Message) -> Sequence[tuple[str, str]]:
    ticket = db.session.get_one(Ticket, message.ticket_id)
    mailbox = db.session.get_one(Mailbox, message.mailbox_id)
    ours = original.direction == Direction.OUT
    address = mailbox.address if ours else original.author_address
    name = display(signed_name(original, mailbox) if ours else original.author_name)
    return [
        ("From", f"{name} <{address}>" if name and address else name or address),
        ("Date", f"{original.created_at.astimezone(UTC):%d %b %Y, %H:%M} UTC"),
        ("Subject", " ".join(ticket.subject.split())),
    ]
