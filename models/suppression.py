"""Addresses that mail does not reach: what was reported of them, and which ones the desk has stopped writing to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class Reason(StrEnum):
    """`undeliverable`: nobody is there. `complaint`: somebody is there and called our mail spam."""

    UNDELIVERABLE = "undeliverable"
    COMPLAINT = "complaint"


class AddressTrouble(db.Model):
    """One report that we believe against one address: a mail counts once, however often it is reported."""

    __tablename__ = "address_trouble"
    __table_args__ = (
        CheckConstraint("kind IN ('bounce', 'complaint', 'refusal')", name="kind"),
        UniqueConstraint("outbox_id"),
        Index(None, "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]  # normalised
    outbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id", ondelete="SET NULL"))
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="")  # enhanced status code, RFC 3463; '' where none was told
    points: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class Suppression(db.Model):
    """An address the desk does not write to. Lifting keeps the row: what was reported before no longer counts."""

    __tablename__ = "suppression"
    __table_args__ = (
        CheckConstraint(f"reason IN ({', '.join(repr(str(reason)) for reason in Reason)})", name="reason"),
    )

    address: Mapped[str] = mapped_column(primary_key=True)  # normalised
    reason: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")  # what the other side said last
    since: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
