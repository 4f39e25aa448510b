"""Durations of a period by who they belong to: from whole months where they lie within it, from days for the rest."""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from models.business_hours import BusinessHours
from models.database import db
from models.figures import HOURS_OF_A_WEEK, ClosedDay, Measure, ReportMonth, month_of
from models.queries.figures import Bundle, Period, bundles, runs


@dataclass(frozen=True)
class Share:
    """What one agent (0 for nobody) took in one mailbox, in seconds by the clock and of business, in some span."""

    measure: str
    mailbox_id: int
    agent_id: int
    seconds: Sequence[int]
    business: Sequence[int]


def shares(
    period: Period, hours: BusinessHours, basis: str, measures: Collection[Measure], mailbox_id: int | None = None
) -> list[Share]:
    """Every duration of the period, in pieces that come in no order."""
    months = whole_months(period, basis)
    found = [share for row in month_rows(months, measures, mailbox_id) for share in shares_of_month(row)]
    for bundle in days_beside(months, period, hours, basis, measures, mailbox_id):
        found += shares_of_day(bundle)
    return found


def opened_by_hour(period: Period, hours: BusinessHours, basis: str, mailbox_id: int | None = None) -> list[int]:
    """How many tickets were opened in each hour of the week, from Monday at midnight; 168 numbers."""
    months, found = whole_months(period, basis), [0] * HOURS_OF_A_WEEK
    for row in month_rows(months, (Measure.CREATED,), mailbox_id):
        found = [sum(pair) for pair in zip(found, row.by_hour, strict=True)]
    for bundle in days_beside(months, period, hours, basis, (Measure.CREATED,), mailbox_id):
        for hour in bundle.week_hours:
            found[hour] += 1
    return found


def whole_months(period: Period, basis: str) -> set[date]:
    """The months that lie within the period and are put together as their days are written, by their first days."""
    merged = select(ClosedDay.day).where(
        ClosedDay.in_month, ClosedDay.basis == basis, ClosedDay.day.between(period.first, period.last)
    )
    days = Counter(map(month_of, db.session.scalars(merged)))
    return {month for month, number in days.items() if number == monthrange(month.year, month.month)[1]}


def month_rows(months: Collection[date], measures: Collection[Measure], mailbox_id: int | None) -> Sequence[ReportMonth]:
    wanted = select(ReportMonth).where(ReportMonth.month.in_(months), ReportMonth.measure.in_(measures))
    if mailbox_id is not None:
        wanted = wanted.where(ReportMonth.mailbox_id == mailbox_id)
    return db.session.scalars(wanted).all()


def days_beside(
    months: Collection[date],
    period: Period,
    hours: BusinessHours,
    basis: str,
    measures: Collection[Measure],
    mailbox_id: int | None,
) -> Iterator[Bundle]:
    """The days of the period that lie in none of these months."""
    for first, last in runs(day for day in period.days() if month_of(day) not in months):
        yield from bundles(Period(first, last), hours, basis, measures, mailbox_id=mailbox_id)


def shares_of_month(row: ReportMonth) -> Iterator[Share]:
    place = 0
    for agent_id, count in zip(row.agents, row.counts, strict=True):
        end = place + count
        yield Share(row.measure, row.mailbox_id, agent_id, row.seconds[place:end], row.business[place:end])
        place = end


def shares_of_day(bundle: Bundle) -> Iterator[Share]:
    found: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for agent_id, seconds, business in zip(bundle.agents, bundle.seconds, bundle.business, strict=True):
        found[agent_id][0].append(seconds)
        found[agent_id][1].append(business)
    for agent_id, (by_the_clock, of_business) in found.items():
        yield Share(bundle.measure, bundle.mailbox_id, agent_id, by_the_clock, of_business)
