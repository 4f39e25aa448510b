"""A conversation: what was said on a ticket, and what happened in between."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import selectinload

from models.database import db
from models.draft import Draft, DraftFile
from models.errors import NotFound
from models.message import Attachment, Direction, Message
from models.people import User
from models.queries.keysets import Order, Slice, as_number, slice_of
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Ticket
from models.timeline import TimelineEntry


def readable_by(viewer: User) -> ColumnElement[bool]:
    """The messages a viewer may read on a ticket he may see: customers see no note and nothing held."""
    return true() if viewer.is_staff else and_(Message.direction != Direction.NOTE, Message.held_reason.is_(None))


def messages_of(ticket_id: int, viewer: User) -> Sequence[Message]:
    """The messages of a ticket the viewer may see, oldest first, with attachments and deliveries."""
    wanted = select(Message).where(Message.ticket_id == ticket_id, readable_by(viewer)).order_by(Message.id)
    return db.session.scalars(
        wanted.options(selectinload(Message.attachments), selectinload(Message.deliveries))
    ).all()


def message_page(ticket_id: int, viewer: User, cursor: str, size: int) -> Slice:
    """A page of the messages of a ticket the viewer may see, oldest first, with attachments and deliveries."""
    wanted = select(Message).where(Message.ticket_id == ticket_id, readable_by(viewer))
    wanted = wanted.options(selectinload(Message.attachments), selectinload(Message.deliveries))
    return slice_of(wanted, Order("id", Message.id, Message.id, False, as_number), cursor, size)


def messages_with_ids(ticket_id: int, viewer: User, ids: Collection[int]) -> Sequence[Message]:
    """Some messages of a ticket the viewer may see, those he may read, oldest first."""
    wanted = select(Message).where(Message.ticket_id == ticket_id, Message.id.in_(ids), readable_by(viewer))
    wanted = wanted.options(selectinload(Message.attachments), selectinload(Message.deliveries))
    return db.session.scalars(wanted.order_by(Message.id).execution_options(populate_existing=True)).all()


def timeline_of(ticket_id: int, viewer: User) -> Sequence[TimelineEntry]:
    """What happened to a ticket, oldest first."""
    wanted = select(TimelineEntry).where(TimelineEntry.ticket_id == ticket_id)
    if not viewer.is_staff:
        wanted = wanted.where(TimelineEntry.is_internal.is_(False))
    return db.session.scalars(wanted.order_by(TimelineEntry.id)).all()


def message_seen_by(viewer: User, visibility: AgentVisibility, message_id: int) -> Message:
    """One message, with its attachments. Raises `NotFound` also where the viewer may not know of it."""
    wanted = (
        select(Message)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(Message.id == message_id, readable_by(viewer), visible_to(viewer, visibility))
        .options(selectinload(Message.attachments))
    )
    message = db.session.scalar(wanted)
    if message is None:
        raise NotFound("there is no such message, or it is not yours to see")
    return message


def attachment_seen_by(viewer: User, visibility: AgentVisibility, attachment_id: int) -> Attachment:
    """One attachment. Raises `NotFound` also where the viewer may not know of it."""
    wanted = (
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(Attachment.id == attachment_id, readable_by(viewer), visible_to(viewer, visibility))
    )
    attachment = db.session.scalar(wanted)
    if attachment is None:
        raise NotFound("there is no such file, or it is not yours to see")
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
