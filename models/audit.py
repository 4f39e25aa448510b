"""The audit log: what administrators did, and what changed by it. Rows are only ever added; a trigger sees to that."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class AuditEntry(db.Model):
    """One act. `before` and `after` hold the values that differ, no secrets among them.

    The names are written out and nothing is referred to, for the entry outlives what it is about. When a person is
    erased, what these entries say of him is taken out and `erased_at` set: the one change the trigger lets through.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "actor_id", "id"), Index(None, "subject", "subject_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]
    actor_role: Mapped[str]
    place: Mapped[str] = mapped_column(server_default="")  # the address it came from; '' for the desk's own machine
    act: Mapped[str]  # such as 'user.changed'
    subject: Mapped[str]  # what it was done to: 'user', 'mailbox', 'ticket' …
    subject_id: Mapped[str] = mapped_column(server_default="")
    subject_name: Mapped[str] = mapped_column(server_default="")
    before: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    after: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    erased_at: Mapped[datetime | None]
