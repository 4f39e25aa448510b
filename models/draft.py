"""Drafts: what an agent has written and not yet sent, kept on the server so that no tab can lose it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class Draft(db.Model):
    """The unsent text of one agent on one ticket, one for the reply and one for the note."""

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("mode IN ('reply', 'note')", name="mode"),
        UniqueConstraint("ticket_id", "author_id", "mode"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    mode: Mapped[str]
    body: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
