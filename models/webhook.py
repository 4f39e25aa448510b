"""Webhooks: who else hears of what happens, and how each delivery fared. Postgres is the queue; RQ only rings."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from models.database import TransactionId, db


class DeliveryState(StrEnum):
    """`queued → leased → delivered`, back to `retry` after a failure, and `failed` when the tries are used up."""

    QUEUED = "queued"
    LEASED = "leased"
    RETRY = "retry"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(db.Model):
    """An address that is told of events of some kinds. Its secret signs what we send, so it is kept as it is."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    secret: Mapped[str] = mapped_column(deferred=True)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))  # kinds of events, such as 'ticket.created'
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class WebhookDelivery(db.Model):
    """One event for one webhook: what is sent, how often it was tried, what the other side said."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in DeliveryState)})", name="state"),
        UniqueConstraint("webhook_id", "event_id", "replay"),
        Index(
            "ix_webhook_delivery_due", "next_attempt_at", postgresql_where=text("state IN ('queued', 'retry', 'leased')")
        ),
        Index(None, "webhook_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    event_id: Mapped[int]
    replay: Mapped[int] = mapped_column(Integer, server_default=text("0"))  # 0: the first; then one more each time
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default=DeliveryState.QUEUED)
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    last_status: Mapped[int | None] = mapped_column(Integer)
    last_detail: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    delivered_at: Mapped[datetime | None]

    webhook: Mapped["Webhook"] = relationship(lazy="raise")


class WebhookReader(db.Model):
    """How far the log of events has been read for webhooks; one row."""

    __tablename__ = "webhook_reader"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    xid: Mapped[int] = mapped_column(TransactionId)
    event_id: Mapped[int]
