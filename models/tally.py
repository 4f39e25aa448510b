"""Counts that nobody has to count: every change of a ticket adds a row here, and the sum of the rows is the number.

Triggers on `ticket` write them (migration 0024), in the transaction of the change: the sums are true at every moment. Rows
are only added, so no two transactions wait for one another; the sweep puts rows together that speak of the same.
"""

from datetime import date

from sqlalchemy import Date, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class TicketTally(db.Model):
    """So many tickets more, or fewer, that stand like this; deleted ones are none."""

    __tablename__ = "ticket_tally"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    priority: Mapped[str]
    mailbox_id: Mapped[int]
    is_unassigned: Mapped[bool]
    number: Mapped[int] = mapped_column(Integer)


class TagTally(db.Model):
    """So many tickets more, or fewer, that were opened on that day (UTC) and have the tag, and so many of them over."""

    __tablename__ = "tag_tally"
    __table_args__ = (
        Index("ix_tag_tally_day_mailbox_id_tag", "day", "mailbox_id", "tag"),
        Index("ix_tag_tally_unfolded", "id", postgresql_where=text("NOT is_folded")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    mailbox_id: Mapped[int]
    tag: Mapped[str]
    created: Mapped[int] = mapped_column(Integer)
    over: Mapped[int] = mapped_column(Integer)
    is_folded: Mapped[bool] = mapped_column(server_default=text("false"))
