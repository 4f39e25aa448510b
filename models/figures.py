"""What reports are made of: for each day that is over, the happenings of the timeline that figures count.

A day is written once, when nothing of it can still commit. The durations stay single, not summed, so that a median
over any period is exact. `models/queries/figures.py` reads the days that are not written yet from the timeline itself.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from models.database import db


class Measure(StrEnum):
    """What is counted. `left` and `returned`: an active ticket was deleted, or restored."""

    CREATED = "created"
    RESPONDED = "responded"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    LEFT = "left"
    RETURNED = "returned"


class ReportDay(db.Model):
    """How often one thing happened on one day (UTC) in one mailbox.

    The arrays run side by side: who did it (0 for nobody), seconds since the ticket was opened by the clock and in
    business hours; for `created`, the hour of the week (0 to 167) instead.
    """

    __tablename__ = "report_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer)
    agents: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    seconds: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    business: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    week_hours: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))


class ClosedDay(db.Model):
    """A day that is written. `basis` names the business hours it was counted by; with others it is written anew."""

    __tablename__ = "closed_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    basis: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
