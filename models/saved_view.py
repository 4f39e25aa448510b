"""Saved views: a search that somebody wants to see again and again, as a list in the sidebar."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class SavedView(db.Model):
    """A name, a query in the language of the search field, and an order. Without an owner it is the whole team's."""

    __tablename__ = "saved_view"
    __table_args__ = (CheckConstraint("name <> ''", name="name_given"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    query: Mapped[str]
    ordering: Mapped[str] = mapped_column(server_default="-updated_at")  # one of `queries.ticket_list.ORDERINGS`
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None
