"""Writing the figures of a day once it is over."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from models.business_hours import BusinessHours
from models.database import db
from models.figures import HOURS_OF_A_WEEK, ClosedDay, ReportDay, ReportMonth, month_end, month_of
from models.queries.figures import count_days
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
        for month in months_to_merge(days[0], days[-1], basis):
            merge(month)
    return len(days)


def count_anew(first: date) -> None:
    """The past has changed since that day: what was written of it is counted again. The caller commits."""
    db.session.execute(delete(ReportDay).where(ReportDay.day >= first))
    db.session.execute(delete(ClosedDay).where(ClosedDay.day >= first))


def days_to_close(basis: str) -> list[date]:
    """The oldest days in a row that are over and not written, at most `AT_ONCE`."""
    earliest = db.session.scalar(select(func.min(TimelineEntry.created_at)))
    last_over = last_day_over()
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


def last_day_over() -> date:
    """The last day of which nothing can commit any more."""
    settled: date = db.session.scalar(select(func.date(func.timezone("UTC", SETTLED))))
    return settled - timedelta(days=1)


def write(first: date, last: date, hours: BusinessHours, basis: str) -> None:
    """Write these days anew, whatever stood there."""
    db.session.execute(delete(ReportDay).where(ReportDay.day.between(first, last)))
    counted = count_days(first, last, hours)
    if counted:
        db.session.execute(insert(ReportDay), [vars(bundle) for bundle in counted])
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    closed = insert(ClosedDay).values([{"day": day, "basis": basis} for day in days])
    anew = {"basis": basis, "in_month": False, "written_at": func.clock_timestamp()}
    db.session.execute(closed.on_conflict_do_update(index_elements=["day"], set_=anew))


def months_to_merge(first: date, last: date, basis: str) -> list[date]:
    """The months in which these days lie, as far as each of their days is written by these business hours."""
    span = (month_of(first), month_end(last))
    written = db.session.scalars(select(ClosedDay.day).where(ClosedDay.basis == basis, ClosedDay.day.between(*span)))
    return [month for month, days in Counter(map(month_of, written)).items() if days == month_end(month).day]


def merge(month: date) -> None:
    """Put the month's days together anew."""
    db.session.execute(delete(ReportMonth).where(ReportMonth.month == month))
    span = (month, month_end(month))
    found: dict[tuple[str, int], list[ReportDay]] = defaultdict(list)
    for row in db.session.scalars(select(ReportDay).where(ReportDay.day.between(*span)).order_by(ReportDay.day)):
        found[row.measure, row.mailbox_id].append(row)
    merged = [merged_row(month, measure, mailbox_id, rows) for (measure, mailbox_id), rows in found.items()]
    if merged:
        db.session.execute(insert(ReportMonth), merged)
    db.session.execute(update(ClosedDay).where(ClosedDay.day.between(*span)).values(in_month=True))


def merged_row(month: date, measure: str, mailbox_id: int, rows: Sequence[ReportDay]) -> dict[str, Any]:
    seconds, business = by_agent(rows, "seconds"), by_agent(rows, "business")
    hours = Counter(hour for row in rows for hour in row.week_hours)
    return {
        "month": month,
        "measure": measure,
        "mailbox_id": mailbox_id,
        "agents": sorted(seconds),
        "counts": [len(seconds[agent]) for agent in sorted(seconds)],
        "seconds": [value for agent in sorted(seconds) for value in sorted(seconds[agent])],
        "business": [value for agent in sorted(business) for value in sorted(business[agent])],
        "by_hour": [hours[hour] for hour in range(HOURS_OF_A_WEEK)],
    }


def by_agent(rows: Sequence[ReportDay], name: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        for agent, value in zip(row.agents, getattr(row, name), strict=True):
            found[agent].append(value)
    return found
