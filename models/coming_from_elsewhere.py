"""What a desk remembers of where it comes from: tickets of another helpdesk, and a backup it was restored from."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class ImportedTicket(db.Model):
    """A ticket that another helpdesk called `external_id`: a second run of the import knows it."""

    __tablename__ = "imported_ticket"

    source: Mapped[str] = mapped_column(primary_key=True)  # 'zendesk' or 'freescout', and which one
    external_id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)


class Restoration(db.Model):
    """A restore. Until it has ended nothing leaves the desk: an administrator looks first what would go out."""

    __tablename__ = "restoration"
    __table_args__ = (
        Index("uq_restoration_open", text("(ended_at IS NULL)"), unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    backup_made_at: Mapped[datetime]
    restored_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(server_default="")
