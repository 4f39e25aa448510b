"""What happened in a period: on the days that are written, and on those that are not, from the timeline."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from models.business_hours import BusinessHours
from models.database import db
from models.figures import ClosedDay, Measure, ReportDay
from models.queries.figures import Bundle, Period, runs
from models.queries.open_days import count_open_days


def bundles(
    period: Period, hours: BusinessHours, basis: str, measures: Collection[Measure], mailbox_id: int | None = None
) -> Iterator[Bundle]:
    """What happened in the period, in pieces of one day, measure and mailbox, with every single duration."""
    others = days_not_written(period, basis)
    rows = written(select(*(getattr(ReportDay, each.name) for each in fields(Bundle))), period, others, measures, mailbox_id)
    for row in db.session.execute(rows):
        yield Bundle(*row)
    yield from open_bundles(others, hours, basis, measures, mailbox_id)


def numbers(
    by: tuple[str, ...],
    period: Period,
    hours: BusinessHours,
    basis: str,
    measures: Collection[Measure] = tuple(Measure),
    mailbox_id: int | None = None,
) -> Counter[tuple[Any, ...]]:
    """How often it happened, by these of `day`, `measure` and `mailbox_id`."""
    others = days_not_written(period, basis)
    alike = [getattr(ReportDay, name) for name in by]
    rows = written(select(*alike, func.sum(ReportDay.number)).group_by(*alike), period, others, measures, mailbox_id)
    found = Counter({tuple(key): number for *key, number in db.session.execute(rows)})
    for bundle in open_bundles(others, hours, basis, measures, mailbox_id):
        found[tuple(getattr(bundle, name) for name in by)] += bundle.number
    return found


def days_not_written(period: Period, basis: str) -> list[date]:
    """The days of the period that are not written by these business hours."""
    closed = select(ClosedDay.day).where(ClosedDay.day.between(period.first, period.last), ClosedDay.basis == basis)
    known = set(db.session.scalars(closed))
    return [day for day in period.days() if day not in known]


def written(
    columns: Select[Any], period: Period, others: Collection[date], measures: Collection[Measure], mailbox_id: int | None
) -> Select[Any]:
    """Of all days of the period but those others."""
    rows = columns.where(
        ReportDay.day.between(period.first, period.last), ReportDay.day.not_in(others), ReportDay.measure.in_(measures)
    )
    return rows if mailbox_id is None else rows.where(ReportDay.mailbox_id == mailbox_id)


def open_bundles(
    days: Collection[date], hours: BusinessHours, basis: str, measures: Collection[Measure], mailbox_id: int | None
) -> Iterator[Bundle]:
    """What happened on these days, from the timeline."""
    for first, last in runs(days):
        for bundle in count_open_days(first, last, hours, basis):
            if bundle.measure in measures and mailbox_id in (None, bundle.mailbox_id):
                yield bundle
