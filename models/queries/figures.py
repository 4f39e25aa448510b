"""What figures are made of: periods, and the happenings of the timeline that count."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, text

from models.business_hours import BusinessHours
from models.database import db
from models.figures import Measure

NOBODY = 0
SECONDS_MOST = 2**31 - 1

# What figures count, and no mutable column among it: the timeline alone says when, the ticket only in which mailbox.
# A ticket is over while it is RESOLVED or CLOSED; going from one to the other is neither an end nor a beginning.
HAPPENINGS = text("""
WITH happened AS MATERIALIZED (
    SELECT id, kind, ticket_id, actor_id, created_at, data->>'after' IN ('RESOLVED', 'CLOSED') AS is_over
      FROM timeline_entry
     WHERE kind IN ('created', 'status', 'replied', 'deleted', 'restored')
       AND created_at >= :begin AND created_at < :end
       AND (kind <> 'status' OR (data->>'after' IN ('RESOLVED', 'CLOSED')) <> (data->>'before' IN ('RESOLVED', 'CLOSED')))
)
SELECT h.kind, h.is_over, h.ticket_id, t.mailbox_id, h.created_at,
       CASE WHEN h.kind IN ('status', 'replied') THEN
           (SELECT min(e.created_at) FROM timeline_entry e WHERE e.ticket_id = h.ticket_id AND e.kind = 'created') END AS opened_at,
       CASE h.kind WHEN 'replied' THEN h.actor_id WHEN 'status' THEN
           (SELECT (e.data->>'after')::bigint FROM timeline_entry e
             WHERE e.ticket_id = h.ticket_id AND e.kind = 'assigned' AND e.id < h.id ORDER BY e.id DESC LIMIT 1) END AS agent_id,
       CASE h.kind WHEN 'replied' THEN
           EXISTS (SELECT FROM timeline_entry e WHERE e.ticket_id = h.ticket_id AND e.kind = 'replied' AND e.id < h.id) END AS again,
       CASE WHEN h.kind IN ('deleted', 'restored') THEN coalesce(
           (SELECT e.data->>'after' IN ('RESOLVED', 'CLOSED') FROM timeline_entry e
             WHERE e.ticket_id = h.ticket_id AND e.kind = 'status' AND e.id < h.id ORDER BY e.id DESC LIMIT 1), false) END AS was_over
  FROM happened h JOIN ticket t ON t.id = h.ticket_id
""")


@dataclass
class Bundle:
    """One row of `report_day`, written or just counted."""

    day: date
    measure: str
    mailbox_id: int
    number: int = 0
    agents: list[int] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)
    business: list[int] = field(default_factory=list)
    week_hours: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Period:
    """Whole days (UTC), both ends among them."""

    first: date
    last: date

    @classmethod
    def last_days(cls, days: int, today: date) -> "Period":
        return cls(today - timedelta(days=days - 1), today)

    def before(self) -> "Period":
        """The period of the same length that ends where this one begins."""
        length = self.last - self.first
        return Period(self.first - length - timedelta(days=1), self.first - timedelta(days=1))

    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def today() -> date:
    """The day that the database's clock shows, in UTC."""
    now: datetime = db.session.scalar(select(func.clock_timestamp())) or datetime.now(UTC)
    return now.astimezone(UTC).date()


def runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days in a row, as first and last."""
    first: date | None = None
    last = date.min
    for day in days:
        if first is None:
            first = day
        elif day != last + timedelta(days=1):
            yield first, last
            first = day
        last = day
    if first is not None:
        yield first, last


def count_days(first: date, last: date, hours: BusinessHours) -> list[Bundle]:
    """Read some days from the timeline."""
    return count_span(midnight(first), midnight(last + timedelta(days=1)), hours)


def count_span(begin: datetime, end: datetime, hours: BusinessHours) -> list[Bundle]:
    """The same for any span; `end` does not belong to it."""
    found: dict[tuple[date, str, int], Bundle] = {}
    for row in db.session.execute(HAPPENINGS, {"begin": begin, "end": end}):
        measure = measure_of(row)
        if measure is None:
            continue
        day = row.created_at.astimezone(UTC).date()
        add(found.setdefault((day, measure, row.mailbox_id), Bundle(day, measure, row.mailbox_id)), row, hours)
    return list(found.values())


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def measure_of(row: Any) -> Measure | None:
    """What a line of the timeline counts as, if it counts."""
    match row.kind:
        case "created":
            return Measure.CREATED
        case "replied":
            return None if row.again else Measure.RESPONDED
        case "status":
            return Measure.RESOLVED if row.is_over else Measure.REOPENED
        case "deleted":
            return None if row.was_over else Measure.LEFT
        case _:
            return None if row.was_over else Measure.RETURNED


def add(bundle: Bundle, row: Any, hours: BusinessHours) -> None:
    bundle.number += 1
    if bundle.measure == Measure.CREATED:
        bundle.week_hours.append(hours.week_hour(row.created_at))
    elif bundle.measure in (Measure.RESPONDED, Measure.RESOLVED):
        opened = row.opened_at or row.created_at
        bundle.agents.append(row.agent_id or NOBODY)
        bundle.seconds.append(min(SECONDS_MOST, max(0, int((row.created_at - opened).total_seconds()))))
        bundle.business.append(min(SECONDS_MOST, hours.between(opened, row.created_at)))
