"""Everything the desk knows of one customer, to be taken away: what he may have himself, and what an administrator sees.

Written into a ZIP file piece by piece: one folder a request, with its words and files, and the mails as they came.
"""

import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import IO, Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text

from models.blobs import BlobDamaged, BlobStore
from models.custody import InboundMessage
from models.database import db
from models.message import Attachment, Direction, Message
from models.outbox import Outbox
from models.people import SignIn, User
from models.person_note import PersonNote
from models.queries.conversations import belongs_to, said_on
from models.queries.rights import is_there
from models.ticket import Participant, Ticket

UNSAFE = re.compile(r"[^\w.() -]")
NOTHING_MORE = "These bytes are no longer kept."

ABOUT = """What this desk has stored about {who}, on {day}.

person.json     the account, and where it is signed in
requests/       one folder a request: its words (conversation.txt), its figures (request.json), its files
mails/          the mails that came from this person, as they came
sent/           the mails of the desk to this person, as they went, as far as they are still kept
{internal}
"""
INTERNAL = """internal/       what the team has written among itself about these requests, and mails that only claim to come from this
                person. It is here because an administrator asked: look through it before it leaves the house.
"""


def write_person_zip(out: IO[bytes], user: User, blobs: BlobStore, *, internal: bool) -> None:
    """The whole archive. With `internal`, also what only the team may see."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        about = ABOUT.format(who=user.email or user.name, day=datetime.now(UTC).date(), internal=INTERNAL if internal else "")
        archive.writestr("README.txt", about)
        archive.writestr("person.json", as_json(person_of(user)))
        for ticket in requests_of(user, deleted_too=internal):
            write_request(archive, f"requests/{ticket.ref}", ticket, blobs)
            if internal:
                write_notes(archive, f"internal/{ticket.ref}", ticket, blobs)
        write_mails(archive, "mails", and_(Message.author_id == user.id, Message.held_reason.is_(None)), blobs)
        if internal:
            archive.writestr("internal/about-the-person.json", as_json(noted_about(user)))
            write_mails(archive, "internal/held", and_(Message.author_id == user.id, Message.held_reason.is_not(None)), blobs)
        write_sent(archive, user, blobs)


def person_of(user: User) -> dict[str, Any]:
    since = select(SignIn).where(SignIn.user_id == user.id).order_by(SignIn.id)
    return {
        "username": user.username,
        "email": user.email,
        "full_name": user.full_name,
        "role": user.role,
        "known_since": user.created_at,
        "address_verified_at": user.email_verified_at,
        "signed_in": [
            {"since": each.created_at, "last_seen": each.renewed_at, "browser": each.browser, "from": each.address}
            for each in db.session.scalars(since)
        ],
    }


def noted_about(user: User) -> list[dict[str, Any]]:
    """What the team wrote down about the person, oldest first."""
    notes = db.session.scalars(select(PersonNote).where(PersonNote.person_id == user.id).order_by(PersonNote.id))
    return [{"at": note.created_at, "by": note.author_name, "note": note.body} for note in notes]


def requests_of(user: User, *, deleted_too: bool = False) -> Sequence[Ticket]:
    """The person's own requests, oldest first."""
    own = select(Ticket).where(Ticket.customer_id == user.id, text("true") if deleted_too else is_there())
    return db.session.scalars(own.order_by(Ticket.id)).all()


def write_request(archive: zipfile.ZipFile, folder: str, ticket: Ticket, blobs: BlobStore) -> None:
    """What the customer sees of it himself: no note, nothing held, nor what a merge has brought there from another's."""
    public = said_on(ticket.id, db.session.get_one(User, ticket.customer_id))
    archive.writestr(f"{folder}/request.json", as_json(facts_of(ticket)))
    archive.writestr(f"{folder}/conversation.txt", "\n\n".join(words_of(message) for message in messages_that(public)))
    write_files(archive, folder, public, blobs)


def write_notes(archive: zipfile.ZipFile, folder: str, ticket: Ticket, blobs: BlobStore) -> None:
    internal = or_(Message.direction == Direction.NOTE, Message.held_reason.is_not(None))
    hidden = and_(belongs_to([ticket.id]), internal)
    notes = [words_of(message) for message in messages_that(hidden)]
    if notes:
        archive.writestr(f"{folder}/notes.txt", "\n\n".join(notes))
        write_files(archive, folder, hidden, blobs)


def facts_of(ticket: Ticket) -> dict[str, Any]:
    names = ("ref", "subject", "status", "priority", "created_at", "updated_at", "resolved_at", "closed_at")
    people = select(Participant.address_as_written).where(Participant.ticket_id == ticket.id, Participant.left_at.is_(None))
    return {**{name: getattr(ticket, name) for name in names}, "who_takes_part": list(db.session.scalars(people.order_by(Participant.id)))}


def messages_that(which: ColumnElement[bool]) -> Sequence[Message]:
    return db.session.scalars(select(Message).where(which).order_by(Message.id)).all()


def words_of(message: Message) -> str:
    who = message.author_name or message.author_address or "the team"
    return f"--- {message.created_at:%Y-%m-%d %H:%M} UTC · {who}\n\n{message.body}"


def write_files(archive: zipfile.ZipFile, folder: str, which: ColumnElement[bool], blobs: BlobStore) -> None:
    wanted = select(Attachment).join(Message, Message.id == Attachment.message_id).where(which)
    for file in db.session.scalars(wanted.order_by(Attachment.id)):
        archive.writestr(f"{folder}/files/{file.id}-{safe_name(file.filename)}", bytes_of(None, file.blob_sha256, blobs))


def write_mails(archive: zipfile.ZipFile, folder: str, whose: ColumnElement[bool], blobs: BlobStore) -> None:
    """The raw mails behind these messages."""
    ids = select(Message.inbound_id).where(whose, Message.inbound_id.is_not(None)).distinct()
    for inbound_id in db.session.scalars(ids).all():
        mail = db.session.execute(select(InboundMessage.raw, InboundMessage.raw_uri).where(InboundMessage.id == inbound_id)).one()
        archive.writestr(f"{folder}/{inbound_id}.eml", bytes_of(mail.raw, mail.raw_uri, blobs))


def write_sent(archive: zipfile.ZipFile, user: User, blobs: BlobStore) -> None:
    for outbox_id in mails_to(user):
        mail = db.session.execute(select(Outbox.mime, Outbox.mime_uri).where(Outbox.id == outbox_id)).one()
        if mail.mime is not None or mail.mime_uri is not None:
            archive.writestr(f"sent/{outbox_id}.eml", bytes_of(mail.mime, mail.mime_uri, blobs))


def mails_to(user: User) -> Iterator[UUID]:
    """Mails of the desk that went, or are to go, to the person."""
    to_him = select(Outbox.id).join(Participant, Participant.id == Outbox.participant_id).where(Participant.user_id == user.id)
    yield from db.session.scalars(to_him.order_by(Outbox.created_at)).all()
    if user.email:
        other = select(Outbox.id).where(func.lower(Outbox.rcpt) == user.email.lower(), Outbox.participant_id.is_(None))
        yield from db.session.scalars(other.order_by(Outbox.created_at)).all()


def bytes_of(in_row: bytes | None, in_store: str | None, blobs: BlobStore) -> bytes:
    """What is still kept; a sentence where nothing is. One missing file must not keep all the others back."""
    if in_row is not None:
        return bytes(in_row)
    if in_store is None:
        return NOTHING_MORE.encode()
    try:
        return blobs.read(in_store)
    except (OSError, BlobDamaged) as trouble:
        return f"This file cannot be read just now: {type(trouble).__name__}".encode()


def safe_name(filename: str) -> str:
    """A name that leads nowhere but into its folder, whatever a sender called it."""
    return UNSAFE.sub("_", filename).lstrip(".")[-100:] or "file"


def as_json(values: dict[str, Any] | list[dict[str, Any]]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False, default=lambda value: value.isoformat() if isinstance(value, datetime) else str(value))
