"""What reports are made of: for each day that is over, the happenings of the timeline that figures count.

A day is written once, when nothing of it can still commit. The durations stay single, not summed, so that a median
over any period is exact. `models/queries/figures.py` reads the days that are not written yet from the timeline itself.
The days of a whole month are put together once more, sorted: a year is then read in twelve pieces instead of 365.
"""

import sys
from array import array
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, Dialect, Integer, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, TypeDecorator

from models.database import db


HOURS_OF_A_WEEK = 168


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


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


class PackedIntegers(TypeDecorator[Sequence[int]]):
    """Whole numbers below 2³¹, four octets each, the lowest first: a year of durations is read in milliseconds so."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> bytes | None:
        return None if value is None else turned(array("i", value)).tobytes()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sequence[int] | None:
        if value is None:
            return None
        numbers = array("i")
        numbers.frombytes(value)
        return turned(numbers)


def turned(numbers: "array[int]") -> "array[int]":
    """From the order of octets in the table to this machine's, or back."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class ReportMonth(db.Model):
    """The days of one month put together. Agents rise; `counts` says how many of the durations are each one's, and
    his durations rise too. `by_hour`: how many tickets were opened in each of the 168 hours of a week.
    """

    __tablename__ = "report_month"

    month: Mapped[date] = mapped_column(Date, primary_key=True)  # its first day
    measure: Mapped[str] = mapped_column(primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agents: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    counts: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    seconds: Mapped[Sequence[int]] = mapped_column(PackedIntegers)
    business: Mapped[Sequence[int]] = mapped_column(PackedIntegers)
    by_hour: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class MailDay(db.Model):
    """What became of a day's mail (UTC), written once it is over, and anew where a word about it has come since.

    `waits` are the milliseconds from the 250 to the ticket, rising.
    """

    __tablename__ = "mail_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    by_decision: Mapped[dict[str, Any]]
    waits: Mapped[Sequence[int]] = mapped_column(PackedIntegers)
    written: Mapped[int] = mapped_column(Integer)
    sent: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)
    automatic: Mapped[int] = mapped_column(Integer)
    written_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class MailDayChange(db.Model):
    """A word has come about mail of a day that was over: what is written of that day does not hold any more.

    Triggers on the ledger and the outbox write it (migration 0024), in the transaction that has changed something.
    """

    __tablename__ = "mail_day_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)


class ClosedDay(db.Model):
    """A day that is written. `basis` names the business hours it was counted by; with others it is written anew."""

    __tablename__ = "closed_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    basis: Mapped[str]
    in_month: Mapped[bool] = mapped_column(server_default=text("false"))  # `report_month` has it as it is written here
    written_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
