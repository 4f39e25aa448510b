"""Bulk work: one act on many tickets, done by a worker a few at a time, and able to be taken back."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class Act(StrEnum):
    """What can be done to many tickets at once. `undo` takes back what another job has done."""

    ASSIGN = "assign"
    STATUS = "status"
    PRIORITY = "priority"
    TAG = "tag"
    UNTAG = "untag"
    SNOOZE = "snooze"
    MERGE = "merge"
    UNDO = "undo"


class BulkState(StrEnum):
    """`queued → working → done`; a worker that dies leaves `working` with a lease that runs out."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"


class ItemState(StrEnum):
    """Of one ticket. `same`: it was so already; `refused`: `why` says why nothing was done to it."""

    WAITING = "waiting"
    DONE = "done"
    SAME = "same"
    REFUSED = "refused"


UNDO = timedelta(minutes=15)  # for so long what was done may be taken back, and is shown

# Written out in queries too: the planner uses the partial index only where it sees the same words.
UNFINISHED = "state <> 'done'"


class BulkJob(db.Model):
    """One act of one agent on many tickets. `lease` counts the workers that have had it: an old one writes nothing."""

    __tablename__ = "bulk_job"
    __table_args__ = (
        CheckConstraint(f"act IN ({', '.join(repr(str(each)) for each in Act)})", name="act"),
        CheckConstraint(f"state IN ({', '.join(repr(str(each)) for each in BulkState)})", name="state"),
        Index("ix_bulk_job_unfinished", "id", postgresql_where=text(UNFINISHED)),
        Index(None, "asked_by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    act: Mapped[str]
    value: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    said: Mapped[str] = mapped_column(server_default="")  # the act in words, to be read after 'tickets:'
    undo_of_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_job.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(server_default=BulkState.QUEUED)
    total: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    done: Mapped[int] = mapped_column(Integer, server_default=text("0"))  # changed, or as wanted already
    refused: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    lease: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)
    finished_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # its agent has put the line about it away


class BulkItem(db.Model):
    """One ticket of a job. `before` is what taking it back needs."""

    __tablename__ = "bulk_item"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(each)) for each in ItemState)})", name="state"),
        Index("ix_bulk_item_waiting", "job_id", "ticket_id", postgresql_where=text("state = 'waiting'")),
    )

    job_id: Mapped[int] = mapped_column(ForeignKey("bulk_job.id", ondelete="CASCADE"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(server_default=ItemState.WAITING)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    why: Mapped[str] = mapped_column(server_default="")
