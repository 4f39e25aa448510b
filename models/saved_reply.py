"""Saved replies: what agents say again and again, written once."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import db


class SavedReply(db.Model):
    """A text with variables. Without a mailbox it is for all of them, without an owner for the whole team.

    Only one that somebody approved for drafts may be a source of a draft: its words are believed.
    """

    __tablename__ = "saved_reply"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title_given"),
        CheckConstraint("body <> ''", name="body_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    approved_for_drafts: Mapped[bool] = mapped_column(server_default=text("false"))
    uses: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    mailbox: Mapped["Mailbox | None"] = relationship(lazy="raise")  # noqa: F821
    owner: Mapped["User | None"] = relationship(foreign_keys=[owner_id], lazy="raise")  # noqa: F821

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None
