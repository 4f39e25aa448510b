"""Is the desk in restore mode, and what would leave it?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from models.coming_from_elsewhere import Restoration
from models.database import db
from models.outbox import Outbox, OutboxAttempt, OutboxState
from models.queries.counting import Count, up_to
from models.ticket import Ticket
from models.webhook import DeliveryState, WebhookDelivery

MOST_SHOWN = 1000


@dataclass(frozen=True)
class HeldBack:
    """A mail that waited when the backup was made; nobody knows whether it was sent before the loss."""

    id: UUID
    rcpt: str
    kind: str
    subject: str
    ref: str
    ticket_id: int | None
    written_at: datetime
    was: str
    may_be_sent: bool


@dataclass(frozen=True)
class RestoreMode:
    """A restore that nobody has ended yet. Of the `waited` mails of the backup `held_back` are the first to show.

    `new` are mails written here since: those were surely not sent.
    """

    backup_made_at: datetime
    restored_at: datetime
    held_back: tuple[HeldBack, ...]
    waited: int
    new: int
    webhook_deliveries: int


def may_leave() -> ColumnElement[bool]:
    """For every question after what is due: nothing is, while the desk is in restore mode."""
    return ~exists(select(Restoration.id).where(Restoration.ended_at.is_(None)))


def is_restored() -> bool:
    """Whether the desk is in restore mode."""
    return bool(db.session.scalar(restored_count()))


def restored_count() -> Count:
    """1 in restore mode, else 0."""
    return up_to(select(Restoration.id).where(Restoration.ended_at.is_(None)), 1)


def restore_mode() -> RestoreMode | None:
    """What an administrator has to see before mail leaves again; None where the desk is in no such mode."""
    going_on = db.session.scalar(select(Restoration).where(Restoration.ended_at.is_(None)))
    if going_on is None:
        return None
    waited = select(func.count()).select_from(Outbox).where(Outbox.state == OutboxState.RESTORED)
    waits = select(func.count()).select_from(Outbox).where(Outbox.state.in_([OutboxState.QUEUED, OutboxState.RETRY]))
    told = WebhookDelivery.state.in_([DeliveryState.QUEUED, DeliveryState.RETRY, DeliveryState.LEASED])
    return RestoreMode(
        going_on.backup_made_at,
        going_on.restored_at,
        held_back(),
        db.session.scalar(waited) or 0,
        db.session.scalar(waits) or 0,
        db.session.scalar(select(func.count()).select_from(WebhookDelivery).where(told)) or 0,
    )


def held_back() -> tuple[HeldBack, ...]:
    was = (
        select(func.max(OutboxAttempt.detail["text"].astext))
        .where(OutboxAttempt.outbox_id == Outbox.id, OutboxAttempt.outcome == "restored")
        .scalar_subquery()
    )
    wanted = (
        select(Outbox, Ticket.ref, Ticket.subject, was)
        .outerjoin(Ticket, Ticket.id == Outbox.ticket_id)
        .where(Outbox.state == OutboxState.RESTORED)
        .order_by(Outbox.created_at, Outbox.id)
        .limit(MOST_SHOWN)
    )
    return tuple(
        HeldBack(row.id, row.rcpt, row.kind, subject or "", ref or "", row.ticket_id, row.created_at, text or "", not row.automatic)
        for row, ref, subject, text in db.session.execute(wanted)
    )


def all_that_may_be_sent() -> set[UUID]:
    """The mails of the backup that may go out where somebody says so: a machine's may not."""
    return set(db.session.scalars(select(Outbox.id).where(Outbox.state == OutboxState.RESTORED, Outbox.automatic.is_(False))))
