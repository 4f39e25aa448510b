"""Handing a message on to somebody outside: a note of the team's that goes out as a mail, with the message in it.

To the customer it does not exist. Whoever gets it takes no part in the ticket: what he answers opens a ticket of its own
that is linked to this one, unless the agent has let him in with the forward.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.actions.addressing import strangers
from models.actions.drafts import discard_draft
from models.actions.mail_queue import queue_mail
from models.actions.messages import StoredFile, Written, keep, said, said_before, words_of
from models.actions.notices import tell_of_message
from models.actions.participants import Newcomer, take_in
from models.actions.tickets import lock_ticket, move
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.database import db
from models.errors import Conflict, Forbidden, NotFound
from models.events import MailQueued, MessageCreated, record
from models.mailbox import Mailbox
from models.message import Attachment, Direction, Message
from models.scanner import Scan
from models.ticket import Ticket


@dataclass(frozen=True)
class Forward:
    """`to` and `cc` are typed addresses; `files` the ids of the message's attachments that go along, None for all."""

    to: Sequence[str]
    cc: Sequence[str] = ()
    files: Sequence[int] | None = None
    let_in: bool = False  # whether those in `to` and `cc` take part in the ticket from now on


def forward_message(message_id: int, forward: Forward, written: Written, actor: Actor, keys: Sequence[bytes]) -> Message:
    """Send the message on, under the agent's own words, which may be none. The note that stands for it.

    Raises `Conflict` for what may not leave the desk: a note, or a held mail. `Invalid` for the addresses.
    """
    if not actor.is_staff:
        raise Forbidden("only agents forward messages")
    ticket_id = db.session.scalar(select(Message.ticket_id).where(Message.id == message_id))
    if ticket_id is None:
        raise NotFound("there is no such message")
    ticket = lock_ticket(ticket_id)
    earlier = said_before(ticket, Direction.NOTE, written, actor, message_id)
    if earlier is not None:
        return earlier
    original = what_may_leave(message_id, ticket)
    to = strangers(forward.to)
    cc = [address for address in (strangers(forward.cc, "cc") if forward.cc else ()) if address not in to]
    message = said(ticket, Direction.NOTE, words_of(written), written, actor)
    message.forward_of_id = original.id
    keep(message, [*files_along(original, forward.files), *written.files])
    send_to(ticket, message, to, cc, keys, written.undo_seconds)
    note_on_timeline(ticket.id, "forwarded", actor, message_id=message.id, is_internal=True, rcpt=", ".join([*to, *cc]))
    record(MessageCreated(ticket.id, message.id, message.direction))
    tell_of_message(ticket, message, message.body)
    if forward.let_in:
        for address in (*to, *cc):
            take_in(ticket, Newcomer(address, address), actor)
    if written.set_status:
        move(ticket, written.set_status, actor)
    if actor.id is not None:
        discard_draft(ticket.id, actor.id, "forward")
    return message


def what_may_leave(message_id: int, ticket: Ticket) -> Message:
    """The message, which stands on the locked ticket. Held mail may be a trap for others (mail-safety D9), and notes are
    the team's own. Raises `Conflict`.
    """
    original = db.session.get(Message, message_id, populate_existing=True)
    if original is None or original.ticket_id != ticket.id:
        raise Conflict("somebody has just moved this message: look again")
    if original.direction == Direction.NOTE:
        raise Conflict("a note stays in the team: copy what the other side should read")
    if original.held_reason is not None:
        raise Conflict("a held mail is not handed on: let it in first")
    return original


def files_along(original: Message, chosen: Sequence[int] | None) -> list[StoredFile]:
    """The message's files that go along; those that its HTML shows in their place always do, malware never does."""
    files = db.session.scalars(select(Attachment).where(Attachment.message_id == original.id).order_by(Attachment.id))
    return [
        StoredFile(file.blob_sha256, file.filename, file.content_type, file.size, file.is_inline, file.content_id, file.scan)
        for file in files
        if file.scan != Scan.INFECTED and (chosen is None or file.id in chosen or (file.is_inline and file.content_id))
    ]


def send_to(
    ticket: Ticket, message: Message, to: Sequence[str], cc: Sequence[str], keys: Sequence[bytes], undo_seconds: int
) -> None:
    """One row for each address, none of them a participant's."""
    mailbox = db.session.get_one(Mailbox, ticket.mailbox_id)
    for place, addresses in (("to", to), ("cc", cc)):
        for address in addresses:
            queue_mail(
                f"forward:{message.id}:{address}",
                "forward",
                mailbox,
                address,
                keys,
                automatic=False,
                ticket_id=ticket.id,
                message_id=message.id,
                addressed_as=place,
                undo_seconds=undo_seconds,
            )
    record(MailQueued(ticket.id, message.id))
