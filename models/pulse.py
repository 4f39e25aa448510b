"""The pulse of the desk: how much mail each mailbox gets by the hour, and the mails the desk sends to itself."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class MailboxHour(db.Model):
    """How many mails came to a mailbox in an hour that is over; hours without any have a row too."""

    __tablename__ = "mailbox_hour"

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)  # its beginning
    mails: Mapped[int] = mapped_column(Integer)


class Probe(db.Model):
    """A mail that the desk sent to itself, and when it came through. `trouble` says why it could not be handed in."""

    __tablename__ = "probe"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sent_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)
    handed_in_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]  # when a filer had it in hand
    trouble: Mapped[str] = mapped_column(server_default="")
