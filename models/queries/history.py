"""A person as the team knows him: his tickets, what was noted about him, and how his mail program tells the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from models.custody import InboundMessage
from models.database import db
from models.errors import NotFound
from models.message import Direction, Message
from models.people import Role, User
from models.person_note import PersonNote
from models.queries.inbound import HEADERS_READ
from models.queries.keysets import Order, Slice, as_number, slice_of
from models.queries.readers import TICKET, any_reader, spelt_out
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Participant, Ticket

NEWEST_FIRST = Order("-id", Ticket.id, Ticket.id, True, as_number)


@dataclass(frozen=True)
class Past:
    """A ticket of somebody's in one line."""

    id: int
    ref: str
    subject: str
    status: str
    updated_at: datetime


def earlier_tickets(person_id: int, viewer: User, visibility: AgentVisibility, *, but: int, most: int) -> Sequence[Past]:
    """The newest tickets of a person that the viewer may see, but for the one he has before him."""
    wanted = tickets_before(viewer.role, viewer.is_active, visibility, most)
    rows = db.session.execute(wanted, {"person_id": person_id, "ticket_id": but, "viewer_id": viewer.id})
    return [Past(*row) for row in rows]


@lru_cache(100)
def tickets_before(role: str, is_active: bool, visibility: AgentVisibility, most: int) -> Select[Any]:
    theirs = (Ticket.customer_id == bindparam("person_id", type_=BigInteger), Ticket.id != TICKET)
    wanted = select(Ticket.id, Ticket.ref, Ticket.subject, Ticket.status, Ticket.updated_at)
    wanted = wanted.where(*theirs, visible_to(any_reader(role, is_active), visibility))
    return spelt_out(wanted.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(most))


def page_of_tickets(person_id: int, viewer: User, visibility: AgentVisibility, cursor: str, size: int) -> Slice:
    """All tickets of a person that the viewer may see, page by page, the newest first."""
    wanted = select(Ticket).where(Ticket.customer_id == person_id, visible_to(viewer, visibility))
    wanted = wanted.options(joinedload(Ticket.customer), joinedload(Ticket.assigned_agent), joinedload(Ticket.mailbox))
    return slice_of(wanted, NEWEST_FIRST, cursor, size)


def notes_about(person_id: int) -> Sequence[PersonNote]:
    """What the team wrote down about a person, the newest first."""
    return db.session.scalars(select(PersonNote).where(PersonNote.person_id == person_id).order_by(PersonNote.id.desc())).all()


def customer_seen_by(viewer: User, visibility: AgentVisibility, person_id: int) -> User:
    """A customer, for whoever of the team sees a ticket he takes part in. Raises `NotFound`."""
    on_a_ticket = (
        select(Participant.id)
        .join(Ticket, Ticket.id == Participant.ticket_id)
        .where(Participant.user_id == User.id, visible_to(viewer, visibility))
    )
    wanted = select(User).where(User.id == person_id, User.role == Role.CUSTOMER)
    if viewer.role != Role.ADMIN:
        wanted = wanted.where(on_a_ticket.exists())
    person = db.session.scalar(wanted) if viewer.is_staff else None
    if person is None:
        raise NotFound("there is no such person, or you see no ticket of theirs")
    return person


def newest_mail_opening(person_id: int) -> bytes:
    """The first bytes of the newest mail a person wrote; b'' where there is none, or its bytes were let go."""
    wanted = (
        select(func.substr(InboundMessage.raw, 1, HEADERS_READ))
        .join(Message, Message.inbound_id == InboundMessage.id)
        .where(Message.author_id == person_id, Message.direction == Direction.IN, Message.held_reason.is_(None))
        .order_by(Message.id.desc())
        .limit(1)
    )
    return bytes(db.session.scalar(wanted) or b"")
