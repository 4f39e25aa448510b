"""Writing the figures of a day once it is over."""

from datetime import date, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from models.business_hours import BusinessHours
from models.database import db
from models.figures import ClosedDay, ReportDay
from models.queries.figures import count_days, today
from models.timeline import TimelineEntry

AT_ONCE = 31  # days; a desk that has years behind it closes them month by month
SETTLED = text("clock_timestamp() - interval '15 minutes'")  # no transaction of ours lives that long
ONE_AT_A_TIME = "close report days"


def close_days(hours: BusinessHours, basis: str) -> int:
    """Write the days that are over and not written by these business hours; how many. The caller commits.

    Any number of sweeps may come here: one of them does it.
    """
    alone = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    if not db.session.scalar(alone, {"name": ONE_AT_A_TIME}):
        return 0
    days = days_to_close(basis)
    if days:
        write(days[0], days[-1], hours, basis)
    return len(days)


def count_anew(first: date) -> None:
    """The past has changed since that day: what was written of it is counted again. The caller commits."""
    db.session.execute(delete(ReportDay).where(ReportDay.day >= first))
    db.session.execute(delete(ClosedDay).where(ClosedDay.day >= first))


def days_to_close(basis: str) -> list[date]:
    """The oldest days in a row that are over and not written, at most `AT_ONCE`."""
    earliest = db.session.scalar(select(func.min(TimelineEntry.created_at)))
    last_over = db.session.scalar(select(func.date(func.timezone("UTC", SETTLED)))) - timedelta(days=1)
    last_over = min(last_over, today() - timedelta(days=1))
    if earliest is None:
        return []
    written = set(db.session.scalars(select(ClosedDay.day).where(ClosedDay.basis == basis)))
    day = earliest.date()
    while day <= last_over and day in written:
        day += timedelta(days=1)
    found = []
    while day <= last_over and day not in written and len(found) < AT_ONCE:
        found.append(day)
        day += timedelta(days=1)
    return found


def write(first: date, last: date, hours: BusinessHours, basis: str) -> None:
    """Write these days anew, whatever stood there."""
    db.session.execute(delete(ReportDay).where(ReportDay.day.between(first, last)))
    counted = count_days(first, last, hours)
    if counted:
        db.session.execute(insert(ReportDay), [vars(bundle) for bundle in counted])
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    closed = insert(ClosedDay).values([{"day": day, "basis": basis} for day in days])
    db.session.execute(closed.on_conflict_do_update(index_elements=["day"], set_={"basis": basis}))
