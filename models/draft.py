"""Drafts: what an agent has written and not yet sent, kept on the server so that no tab can lose it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db

MODES = ("reply", "note", "forward")
IS_A_MODE = "mode IN ('reply', 'note', 'forward')"


class Draft(db.Model):
    """The unsent text of one agent on one ticket: one for the reply, one for the note, one for a forward."""

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint(IS_A_MODE, name="mode"),
        UniqueConstraint("ticket_id", "author_id", "mode"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    mode: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str] = mapped_column(server_default="")  # cleaned; '' where the text says it all
    addressed: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # {'to': [address, …], 'cc': […], 'message': id}
    updated_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class DraftFile(db.Model):
    """A file that was put into a draft: it goes out with the message, or is removed again."""

    __tablename__ = "draft_file"
    __table_args__ = (CheckConstraint(IS_A_MODE, name="mode"), Index(None, "ticket_id", "author_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    mode: Mapped[str]
    blob_sha256: Mapped[str] = mapped_column(index=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    is_inline: Mapped[bool] = mapped_column(server_default=text("false"))
    content_id: Mapped[str] = mapped_column(server_default="")  # of a picture among the words
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
