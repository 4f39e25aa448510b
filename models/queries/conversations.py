"""A conversation: what was said on a ticket, and what happened in between."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from models.actor import Actor
from models.database import db
from models.draft import Draft, DraftFile
from models.errors import Forbidden, NotFound
from models.message import Attachment, Direction, Message
from models.people import User
from models.queries.keysets import Order, Slice, as_number, slice_of
from models.queries.readers import TICKET, any_reader
from models.queries.rights import visible_to
from models.scanner import Scan
from models.settings import AgentVisibility
from models.ticket import Ticket
from models.timeline import TimelineEntry


def readable_by(viewer: User) -> ColumnElement[bool]:
    """The messages a viewer may read on a ticket he may see: customers see no note and nothing held, nor what a merge
    has brought there from another customer's ticket."""
    return true() if viewer.is_staff else and_(is_for_customers(), Message.audience_id.is_(None))


def is_for_customers() -> ColumnElement[bool]:
    return and_(Message.direction != Direction.NOTE, Message.held_reason.is_(None))


def said_on(ticket_id: Any, viewer: User | Actor) -> ColumnElement[bool]:
    """What a viewer who may see the ticket reads there. A customer also finds what a merge has carried away from it."""
    if viewer.is_staff:
        return Message.ticket_id == ticket_id
    return and_(belongs_to([ticket_id]), is_for_customers())


def belongs_to(ticket_ids: Collection[int]) -> ColumnElement[bool]:
    """The messages of these conversations, also where a merge has carried them to another customer's ticket."""
    # Two conditions and not a coalesce: each has an index.
    return or_(and_(Message.ticket_id.in_(ticket_ids), Message.audience_id.is_(None)), Message.audience_id.in_(ticket_ids))


def is_read_on(viewer: User) -> ColumnElement[bool]:
    """Joins `Message` to the `Ticket` on which the viewer reads it, as far as he may."""
    if viewer.is_staff:
        return Ticket.id == Message.ticket_id
    return and_(Ticket.id == func.coalesce(Message.audience_id, Message.ticket_id), is_for_customers())


def messages_of(ticket_id: int, viewer: User, *, has_files: bool = True) -> Sequence[Message]:
    """The messages of a ticket the viewer may see, oldest first, with attachments and deliveries.

    Attachments are not asked for where it is known that there are none: `has_files` says so.
    """
    messages = db.session.scalars(messages_read_by(viewer.role, has_files), {"ticket_id": ticket_id}).all()
    if not has_files:
        for message in messages:
            set_committed_value(message, "attachments", [])
    return messages


@lru_cache(100)
def messages_read_by(role: str, has_files: bool) -> Select[tuple[Message]]:
    parts = (selectinload(Message.deliveries), selectinload(Message.attachments))
    wanted = select(Message).where(said_on(TICKET, any_reader(role, True))).order_by(Message.id)
    return wanted.options(*parts[: 1 + has_files])


def message_ids_of(ticket_id: int, viewer: User) -> Sequence[int]:
    """The numbers alone of all messages of a ticket that the viewer may see, oldest first."""
    wanted = select(Message.id).where(said_on(ticket_id, viewer))
    return db.session.scalars(wanted.order_by(Message.id)).all()


def message_page(ticket_id: int, viewer: User, cursor: str, size: int) -> Slice:
    """A page of the messages of a ticket the viewer may see, oldest first, with attachments and deliveries."""
    wanted = select(Message).where(said_on(ticket_id, viewer))
    wanted = wanted.options(selectinload(Message.attachments), selectinload(Message.deliveries))
    return slice_of(wanted, Order("id", Message.id, Message.id, False, as_number), cursor, size)


def messages_with_ids(ticket_id: int, viewer: User, ids: Collection[int]) -> Sequence[Message]:
    """Some messages of a ticket the viewer may see, those he may read, oldest first."""
    wanted = select(Message).where(said_on(ticket_id, viewer), Message.id.in_(ids))
    wanted = wanted.options(selectinload(Message.attachments), selectinload(Message.deliveries))
    return db.session.scalars(wanted.order_by(Message.id).execution_options(populate_existing=True)).all()


def timeline_of(ticket_id: int, viewer: User) -> Sequence[TimelineEntry]:
    """What happened to a ticket, oldest first."""
    return db.session.scalars(entries_read_by(viewer.is_staff), {"ticket_id": ticket_id}).all()


@lru_cache(2)
def entries_read_by(is_staff: bool) -> Select[tuple[TimelineEntry]]:
    wanted = select(TimelineEntry).where(TimelineEntry.ticket_id == TICKET).order_by(TimelineEntry.id)
    return wanted if is_staff else wanted.where(TimelineEntry.is_internal.is_(False))


def message_seen_by(viewer: User, visibility: AgentVisibility, message_id: int) -> Message:
    """One message, with its attachments. Raises `NotFound` also where the viewer may not know of it."""
    wanted = (
        select(Message)
        .join(Ticket, is_read_on(viewer))
        .where(Message.id == message_id, visible_to(viewer, visibility))
        .options(selectinload(Message.attachments))
    )
    message = db.session.scalar(wanted)
    if message is None:
        raise NotFound("there is no such message, or it is not yours to see")
    return message


def attachment_seen_by(viewer: User, visibility: AgentVisibility, attachment_id: int) -> Attachment:
    """One attachment, to be opened.

    Raises `NotFound` also where the viewer may not know of it, `Forbidden` where a scanner has found malware in it.
    """
    wanted = (
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .join(Ticket, is_read_on(viewer))
        .where(Attachment.id == attachment_id, visible_to(viewer, visibility))
    )
    attachment = db.session.scalar(wanted)
    if attachment is None:
        raise NotFound("there is no such file, or it is not yours to see")
    if attachment.scan == Scan.INFECTED:
        raise Forbidden(f"the malware scanner found {attachment.malware} in this file: it is not handed out")
    return attachment


def drafts_of(ticket_id: int, author_id: int) -> dict[str, Draft]:
    """The author's unsent messages on a ticket by mode, `{'reply': …, 'note': …, 'forward': …}`, what there is of them."""
    wanted = select(Draft).where(Draft.ticket_id == ticket_id, Draft.author_id == author_id)
    return {draft.mode: draft for draft in db.session.scalars(wanted)}


def draft_files_of(ticket_id: int, author_id: int) -> dict[str, list[DraftFile]]:
    """The files in them, by mode."""
    wanted = select(DraftFile).where(DraftFile.ticket_id == ticket_id, DraftFile.author_id == author_id)
    found: dict[str, list[DraftFile]] = {}
    for file in db.session.scalars(wanted.order_by(DraftFile.id)):
        found.setdefault(file.mode, []).append(file)
    return found


def draft_file_of(author_id: int, file_id: int) -> DraftFile:
    """A file in a draft of one's own. Raises `NotFound`."""
    file = db.session.scalar(select(DraftFile).where(DraftFile.id == file_id, DraftFile.author_id == author_id))
    if file is None:
        raise NotFound("this file is not in your draft")
    return file
