"""Durations of a period by whose they are: of days that are written from whole months and days, of others from the timeline.

The days that are written do not change any more, so their durations are put in order once and remembered; what an answer
costs from then on is what today costs.
"""

from array import array
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Literal

from flask import current_app
from sqlalchemy import select

from models.business_hours import BusinessHours
from models.database import db
from models.durations import Run, Spread
from models.figures import HOURS_OF_A_WEEK, ClosedDay, Measure, ReportDay, ReportMonth, month_of
from models.queries.bundles import bundles
from models.queries.figures import NOBODY, Bundle, Period, runs
from models.queries.open_days import count_open_days
from models.remembered import Remembered

Clock = Literal["seconds", "business"]
TIMED = (Measure.RESPONDED, Measure.RESOLVED)
MOST_REMEMBERED = 4  # periods; a year of a desk of a million messages takes some eight mebibytes


@dataclass(frozen=True)
class Pace:
    """How long something took, by the clock and in business hours."""

    clock: Spread
    business: Spread


@dataclass(frozen=True)
class Share:
    """What one agent (0 for nobody) took in one mailbox, in seconds by the clock and of business, in some span."""

    measure: str
    mailbox_id: int
    agent_id: int
    seconds: Sequence[int]
    business: Sequence[int]


class Shares:
    """Some shares, and the orders they are asked for in: of all, of an agent, of a mailbox. Each is made once."""

    def __init__(self, shares: Iterable[Share]) -> None:
        self.parts: dict[str, list[Share]] = defaultdict(list)
        for share in shares:
            self.parts[share.measure].append(share)
        self.made: dict[tuple[str, Clock, int | None, int | None], Run] = {}

    def agents(self, measure: Measure) -> set[int]:
        return {share.agent_id for share in self.parts.get(measure, ())}

    def run(self, measure: Measure, clock: Clock, agent_id: int | None = None, mailbox_id: int | None = None) -> Run:
        """Durations of that agent, in that mailbox; of all where none is named."""
        key = (measure, clock, agent_id, mailbox_id)
        if key not in self.made:
            found = (
                getattr(share, clock)
                for share in self.parts.get(measure, ())
                if agent_id in (None, share.agent_id) and mailbox_id in (None, share.mailbox_id)
            )
            self.made[key] = Run.of(chain.from_iterable(found))
        return self.made[key]


@dataclass(frozen=True)
class Paces:
    """The durations of a period: those of days that are written, and those of the others."""

    written: Shares
    open: Shares

    def agents(self) -> set[int]:
        """Whoever resolved or answered something."""
        return {agent for part in (self.written, self.open) for measure in TIMED for agent in part.agents(measure)} - {NOBODY}

    def pace(self, measure: Measure, agent_id: int | None = None) -> Pace:
        return Pace(self.spread(measure, "seconds", agent_id), self.spread(measure, "business", agent_id))

    def spread(self, measure: Measure, clock: Clock, agent_id: int | None = None, mailbox_id: int | None = None) -> Spread:
        return Spread.together(part.run(measure, clock, agent_id, mailbox_id) for part in (self.written, self.open))


def paces(period: Period, hours: BusinessHours, basis: str, mailbox_id: int | None = None) -> Paces:
    """How long first answers and resolutions of the period took."""
    known = written_days(period, basis)
    key = (period, basis, mailbox_id, frozenset((day, at) for day, (at, _) in known.items()))
    written = remembered().get(key, lambda: Shares(written_shares(known, mailbox_id)))
    counted = chain.from_iterable(count_open_days(*run, hours, basis) for run in runs(day for day in period.days() if day not in known))
    return Paces(written, Shares(chain.from_iterable(shares_of_day(each) for each in counted if is_wanted(each, mailbox_id))))


def remembered() -> Remembered[Shares]:
    """Of this application: each has a database of its own."""
    memory: Remembered[Shares] = current_app.extensions.setdefault("postroom.paces", Remembered(MOST_REMEMBERED))
    return memory


def is_wanted(bundle: Bundle, mailbox_id: int | None) -> bool:
    return bundle.measure in TIMED and mailbox_id in (None, bundle.mailbox_id)


def written_days(period: Period, basis: str) -> dict[date, tuple[datetime, bool]]:
    """The days of the period that are written by these business hours: when, and whether their month has them too."""
    columns = (ClosedDay.day, ClosedDay.written_at, ClosedDay.in_month)
    wanted = select(*columns).where(ClosedDay.basis == basis, ClosedDay.day.between(period.first, period.last))
    return {day: (at, in_month) for day, at, in_month in db.session.execute(wanted)}


def whole_months(written: Mapping[date, tuple[datetime, bool]]) -> set[date]:
    """The months that lie within these days and are put together as the days are written, by their first days."""
    days = Counter(month_of(day) for day, (_, in_month) in written.items() if in_month)
    return {month for month, number in days.items() if number == monthrange(month.year, month.month)[1]}


def written_shares(written: Mapping[date, tuple[datetime, bool]], mailbox_id: int | None) -> Iterator[Share]:
    """The durations of these days, in pieces that come in no order."""
    months = whole_months(written)
    for row in month_rows(months, TIMED, mailbox_id):
        yield from shares_of_month(row)
    beside = [day for day in written if month_of(day) not in months]
    wanted = select(ReportDay).where(ReportDay.day.in_(beside), ReportDay.measure.in_(TIMED))
    if mailbox_id is not None:
        wanted = wanted.where(ReportDay.mailbox_id == mailbox_id)
    for day in db.session.scalars(wanted):
        yield from shares_of_day(day)


def opened_by_hour(period: Period, hours: BusinessHours, basis: str, mailbox_id: int | None = None) -> list[int]:
    """How many tickets were opened in each hour of the week, from Monday at midnight; 168 numbers."""
    months, found = whole_months(written_days(period, basis)), [0] * HOURS_OF_A_WEEK
    for row in month_rows(months, (Measure.CREATED,), mailbox_id):
        found = [sum(pair) for pair in zip(found, row.by_hour, strict=True)]
    for bundle in days_beside(months, period, hours, basis, (Measure.CREATED,), mailbox_id):
        for hour in bundle.week_hours:
            found[hour] += 1
    return found


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
        yield from bundles(Period(first, last), hours, basis, measures, mailbox_id)


def shares_of_month(row: ReportMonth) -> Iterator[Share]:
    place = 0
    for agent_id, count in zip(row.agents, row.counts, strict=True):
        end = place + count
        yield Share(row.measure, row.mailbox_id, agent_id, row.seconds[place:end], row.business[place:end])
        place = end


def shares_of_day(bundle: Bundle | ReportDay) -> Iterator[Share]:
    found: dict[int, tuple["array[int]", "array[int]"]] = defaultdict(lambda: (array("i"), array("i")))
    for agent_id, seconds, business in zip(bundle.agents, bundle.seconds, bundle.business, strict=True):
        found[agent_id][0].append(seconds)
        found[agent_id][1].append(business)
    for agent_id, (by_the_clock, of_business) in found.items():
        yield Share(bundle.measure, bundle.mailbox_id, agent_id, by_the_clock, of_business)
