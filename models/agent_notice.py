"""Notices to one agent inside the desk, about what was done, or tried, in his name."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class AgentNotice(db.Model):
    """One sentence for one agent, until he has read it."""

    __tablename__ = "agent_notice"
    __table_args__ = (Index("ix_agent_notice_unread", "agent_id", postgresql_where=text("read_at IS NULL")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    sentence: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    read_at: Mapped[datetime | None]
