"""The questions reports ask. Every figure's definition stands beside it in `webapp/reports/definitions.py`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select, text

from models.business_hours import BusinessHours
from models.database import db
from models.durations import Spread
from models.figures import Measure
from models.mailbox import Mailbox
from models.people import User
from models.queries.figures import NOBODY, Bundle, Period, bundles, midnight, today
from models.queries.rights import is_there
from models.ticket import ACTIVE, Priority, Status, Ticket

HOURS_OF_A_WEEK = 168


@dataclass(frozen=True)
class Summary:
    """How the desk stands now, deleted tickets left out."""

    total: int
    active: int
    unassigned: int
    by_status: dict[str, int]
    by_priority: dict[str, int]
    by_mailbox: dict[int, int]
    """Active tickets; the key is the mailbox."""


@dataclass(frozen=True)
class Day:
    """One day (UTC). `backlog` is how many tickets were active at its end."""

    date: date
    created: int
    resolved: int
    reopened: int
    backlog: int


@dataclass(frozen=True)
class Pace:
    """How long something took, by the clock and in business hours."""

    clock: Spread
    business: Spread


@dataclass(frozen=True)
class AgentPace:
    agent_id: int
    username: str
    name: str
    resolution: Pace
    first_response: Pace


@dataclass(frozen=True)
class Resolution:
    resolved: Pace
    first_response: Pace
    reopened: int
    by_agent: tuple[AgentPace, ...]

    @property
    def reopen_rate(self) -> float | None:
        """Reopenings for each resolution; None where nothing was resolved."""
        return round(self.reopened / self.resolved.clock.count, 4) if self.resolved.clock.count else None


@dataclass(frozen=True)
class Group:
    """What happened in one mailbox, to one agent, or under one tag."""

    id: int | None
    name: str
    created: int
    resolved: int
    resolution: Spread
    first_response: Spread


@dataclass(frozen=True)
class Counting:
    """By which hours, and for which mailbox, a report counts."""

    hours: BusinessHours
    basis: str
    mailbox_id: int | None = None

    def bundles(self, period: Period, *measures: Measure, numbers_only: bool = False) -> list[Bundle]:
        return bundles(
            period, self.hours, self.basis, measures or tuple(Measure), mailbox_id=self.mailbox_id, numbers_only=numbers_only
        )


def summary() -> Summary:
    held_by_nobody = Ticket.assigned_agent_id.is_(None).label("held_by_nobody")
    columns = (Ticket.status, Ticket.priority, Ticket.mailbox_id, held_by_nobody)
    rows = db.session.execute(select(*columns, func.count()).where(is_there()).group_by(*columns)).all()
    by_status = dict.fromkeys(map(str, Status), 0)
    by_priority = dict.fromkeys(map(str, Priority), 0)
    by_mailbox: dict[int, int] = defaultdict(int)
    active = unassigned = 0
    for status, priority, mailbox_id, nobody, number in rows:
        by_status[status] += number
        by_priority[priority] += number
        if status in ACTIVE:
            active += number
            unassigned += number if nobody else 0
            by_mailbox[mailbox_id] += number
    return Summary(sum(by_status.values()), active, unassigned, by_status, by_priority, dict(by_mailbox))


def volume(period: Period, counting: Counting) -> list[Day]:
    """Every day of the period, the oldest first."""
    counted: dict[tuple[date, str], int] = defaultdict(int)
    for bundle in counting.bundles(Period(period.first, max(period.last, today())), numbers_only=True):
        counted[bundle.day, bundle.measure] += bundle.number
    backlog = active_now(counting.mailbox_id)
    found = []
    for day in reversed(Period(period.first, max(period.last, today())).days()):
        number = {measure: counted[day, measure] for measure in Measure}
        found.append(Day(day, number[Measure.CREATED], number[Measure.RESOLVED], number[Measure.REOPENED], backlog))
        backlog -= number[Measure.CREATED] + number[Measure.REOPENED] + number[Measure.RETURNED]
        backlog += number[Measure.RESOLVED] + number[Measure.LEFT]
    return [day for day in reversed(found) if day.date <= period.last]


def active_now(mailbox_id: int | None) -> int:
    wanted = select(func.count(Ticket.id)).where(is_there(), Ticket.status.in_(ACTIVE))
    if mailbox_id is not None:
        wanted = wanted.where(Ticket.mailbox_id == mailbox_id)
    return db.session.scalar(wanted) or 0


def resolution(period: Period, counting: Counting) -> Resolution:
    """How fast tickets were answered and ended in the period, together and by agent."""
    found = counting.bundles(period, Measure.RESPONDED, Measure.RESOLVED, Measure.REOPENED)
    resolved, responded = of(found, Measure.RESOLVED), of(found, Measure.RESPONDED)
    agents = {agent for bundle in resolved + responded for agent in bundle.agents} - {NOBODY}
    people = db.session.scalars(select(User).where(User.id.in_(agents)).order_by(User.username))
    by_agent = [
        AgentPace(user.id, user.username, user.name, pace(resolved, user.id), pace(responded, user.id)) for user in people
    ]
    reopened = sum(bundle.number for bundle in of(found, Measure.REOPENED))
    return Resolution(pace(resolved), pace(responded), reopened, tuple(by_agent))


def of(found: Iterable[Bundle], measure: Measure) -> list[Bundle]:
    return [bundle for bundle in found if bundle.measure == measure]


def pace(found: Sequence[Bundle], agent_id: int | None = None) -> Pace:
    return Pace(Spread.of(seconds_in(found, "seconds", agent_id)), Spread.of(seconds_in(found, "business", agent_id)))


def seconds_in(found: Sequence[Bundle], name: str, agent_id: int | None) -> list[int]:
    if agent_id is None:
        return [value for bundle in found for value in getattr(bundle, name)]
    return [
        value
        for bundle in found
        for value, agent in zip(getattr(bundle, name), bundle.agents, strict=True)
        if agent == agent_id
    ]


def arrivals(period: Period, counting: Counting) -> list[int]:
    """How many tickets were opened in each hour of the week, from Monday at midnight; 168 numbers."""
    found = [0] * HOURS_OF_A_WEEK
    for bundle in counting.bundles(period, Measure.CREATED):
        for hour in bundle.week_hours:
            found[hour] += 1
    return found


def by_mailbox(period: Period, counting: Counting) -> list[Group]:
    found = counting.bundles(period, Measure.CREATED, Measure.RESPONDED, Measure.RESOLVED)
    boxes = db.session.execute(select(Mailbox.id, Mailbox.name).order_by(Mailbox.name, Mailbox.id)).all()
    return [group_of(id_, name, [bundle for bundle in found if bundle.mailbox_id == id_]) for id_, name in boxes]


def group_of(id_: int, name: str, found: list[Bundle]) -> Group:
    created, resolved = (sum(b.number for b in of(found, m)) for m in (Measure.CREATED, Measure.RESOLVED))
    spreads = (Spread.of(seconds_in(of(found, m), "seconds", None)) for m in (Measure.RESOLVED, Measure.RESPONDED))
    return Group(id_, name, created, resolved, *spreads)


TAGS = text("""
SELECT tag, count(*), count(*) FILTER (WHERE status IN ('RESOLVED', 'CLOSED'))
  FROM ticket, unnest(tags) AS tag
 WHERE created_at >= :begin AND created_at < :end AND removed_as IS DISTINCT FROM 'deleted'
   AND (CAST(:mailbox_id AS bigint) IS NULL OR mailbox_id = :mailbox_id)
 GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 100
""")


@dataclass(frozen=True)
class TagCount:
    """Tickets opened in the period that have the tag now, and how many of them are over."""

    tag: str
    created: int
    over: int


def by_tag(period: Period, mailbox_id: int | None = None) -> list[TagCount]:
    asked = {"begin": midnight(period.first), "end": midnight(period.last + timedelta(days=1)), "mailbox_id": mailbox_id}
    return [TagCount(*row) for row in db.session.execute(TAGS, asked)]
