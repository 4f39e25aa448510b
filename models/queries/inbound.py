"""Accepted mails, as the mail flow page shows them: what each became and why; only one is loaded whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import defer, undefer

from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.errors import NotFound
from models.people import Role, User
from models.queries.pulse import PROBED
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Ticket

HEADERS_READ = 16_384  # bytes of a mail in which its list entry looks for subject and sender


@dataclass(frozen=True)
class MailSeen:
    """A delivery of an accepted mail; `opening` are its first bytes (b'' where they lie in a blob)."""

    mail: InboundMessage
    delivery: InboundDelivery | None
    ticket: Ticket | None
    opening: bytes


def may_know_of(viewer: User, visibility: AgentVisibility) -> ColumnElement[bool]:
    """The mails `viewer` may know of: those of visible tickets; the others as unassigned tickets are."""
    if viewer.role == Role.ADMIN:
        return true() if viewer.is_active else false()  # also those of deleted tickets: nothing is hidden
    filed = visible_to(viewer, visibility) & Ticket.id.is_not(None)
    return filed if visibility == "assigned" else or_(filed, InboundDelivery.ticket_id.is_(None))


def mails_seen_by(viewer: User, visibility: AgentVisibility, limit: int = 100) -> Sequence[MailSeen]:
    """The newest accepted mails, one entry a delivery, newest first."""
    wanted = (
        select(InboundMessage, InboundDelivery, Ticket, func.substr(InboundMessage.raw, 1, HEADERS_READ))
        .join(InboundDelivery, InboundDelivery.inbound_id == InboundMessage.id, isouter=True)
        .join(Ticket, Ticket.id == InboundDelivery.ticket_id, isouter=True)
        .where(may_know_of(viewer, visibility), InboundDelivery.decision.is_distinct_from(PROBED))
        .options(defer(InboundMessage.raw))
        .order_by(InboundMessage.received_at.desc(), InboundMessage.id)
        .limit(limit)
    )
    return [
        MailSeen(mail, delivery, ticket, bytes(opening or b""))
        for mail, delivery, ticket, opening in db.session.execute(wanted)
    ]


def mail_seen_by(viewer: User, visibility: AgentVisibility, inbound_id: UUID) -> Sequence[MailSeen]:
    """One accepted mail whole, an entry a delivery. Raises `NotFound` where the viewer may not know of it."""
    wanted = (
        select(InboundMessage, InboundDelivery, Ticket)
        .join(InboundDelivery, InboundDelivery.inbound_id == InboundMessage.id, isouter=True)
        .join(Ticket, Ticket.id == InboundDelivery.ticket_id, isouter=True)
        .where(InboundMessage.id == inbound_id, may_know_of(viewer, visibility))
        .options(undefer(InboundMessage.raw))
        .order_by(InboundDelivery.rcpt)
    )
    found = [
        MailSeen(mail, delivery, ticket, bytes(mail.raw or b""))
        for mail, delivery, ticket in db.session.execute(wanted)
    ]
    if not found:
        raise NotFound("there is no such mail, or it is not yours to see")
    return found
