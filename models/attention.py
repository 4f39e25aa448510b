"""What an agent pays attention to: how far he has read a ticket, and which tickets he follows."""

from datetime import datetime

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class TicketRead(db.Model):
    """How far somebody has read a ticket. Without a row he never opened it; 0 means that it shall look unread to him."""

    __tablename__ = "ticket_read"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True)
    message_id: Mapped[int]  # the newest public message there was; no foreign key, for a message may move


class Follower(db.Model):
    """Somebody of the team who is told of a ticket as its agent is."""

    __tablename__ = "follower"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
