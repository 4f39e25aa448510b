"""The timeline: what happened to a ticket, for people and for reports. Rows are written once and never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db

# What reports count. Written out in `queries/figures.py` too: the planner uses the index only where it sees the words.
COUNTED = "kind IN ('created', 'status', 'replied', 'deleted', 'restored')"


class TimelineEntry(db.Model):
    """One happening. `actor_id` is empty where a rule of the desk acted; `actor_name` says who or which rule."""

    __tablename__ = "timeline_entry"
    __table_args__ = (
        Index(None, "ticket_id", "id"),
        Index("ix_timeline_entry_counted", "created_at", postgresql_where=text(COUNTED)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    is_internal: Mapped[bool] = mapped_column(server_default=text("false"))
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
