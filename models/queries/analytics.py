"""The questions reports ask. Every figure's definition stands beside it in `webapp/reports/definitions.py`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from sqlalchemy import func, select, text

from models.business_hours import BusinessHours
from models.database import db
from models.durations import Spread
from models.figures import Measure
from models.mailbox import Mailbox
from models.people import User
from models.queries.figures import NOBODY, Bundle, Period, bundles, midnight, today
from models.queries.paces import Share, opened_by_hour, shares
from models.queries.rights import is_there
from models.ticket import ACTIVE, Priority, Status, Ticket


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

    def number(self, period: Period, measure: Measure) -> int:
        return sum(bundle.number for bundle in self.bundles(period, measure, numbers_only=True))

    def shares(self, period: Period, *measures: Measure) -> list[Share]:
        return shares(period, self.hours, self.basis, measures, self.mailbox_id)


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
    found = counting.shares(period, Measure.RESPONDED, Measure.RESOLVED)
    resolved, responded = Ranked.by_agent(found, Measure.RESOLVED), Ranked.by_agent(found, Measure.RESPONDED)
    agents = (resolved.keys() | responded.keys()) - {NOBODY}
    people = db.session.scalars(select(User).where(User.id.in_(agents)).order_by(User.username))
    nothing = Ranked([], [])
    by_agent = [
        AgentPace(user.id, user.username, user.name, resolved.get(user.id, nothing).pace, responded.get(user.id, nothing).pace)
        for user in people
    ]
    reopened = counting.number(period, Measure.REOPENED)
    return Resolution(Ranked.all_of(resolved.values()).pace, Ranked.all_of(responded.values()).pace, reopened, tuple(by_agent))


@dataclass(frozen=True)
class Ranked:
    """Durations by the clock and of business, each rising."""

    seconds: Sequence[int]
    business: Sequence[int]

    @classmethod
    def all_of(cls, parts: Iterable["Ranked | Share"]) -> "Ranked":
        """Together. The parts rise mostly themselves, and sorting takes what is in order as it is."""
        known = list(parts)
        return cls(*(sorted(chain.from_iterable(getattr(part, name) for part in known)) for name in ("seconds", "business")))

    @classmethod
    def by_agent(cls, found: Iterable[Share], measure: Measure) -> dict[int, "Ranked"]:
        parts: dict[int, list[Share]] = defaultdict(list)
        for share in found:
            if share.measure == measure:
                parts[share.agent_id].append(share)
        return {agent_id: cls.all_of(shares) for agent_id, shares in parts.items()}

    @property
    def pace(self) -> Pace:
        return Pace(Spread.of(self.seconds), Spread.of(self.business))


def arrivals(period: Period, counting: Counting) -> list[int]:
    """How many tickets were opened in each hour of the week, from Monday at midnight; 168 numbers."""
    return opened_by_hour(period, counting.hours, counting.basis, counting.mailbox_id)


def by_mailbox(period: Period, counting: Counting) -> list[Group]:
    created: dict[int, int] = defaultdict(int)
    for bundle in counting.bundles(period, Measure.CREATED, numbers_only=True):
        created[bundle.mailbox_id] += bundle.number
    seconds: dict[tuple[int, str], list[Sequence[int]]] = defaultdict(list)
    for share in counting.shares(period, Measure.RESPONDED, Measure.RESOLVED):
        seconds[share.mailbox_id, share.measure].append(share.seconds)

    def spread(mailbox_id: int, measure: Measure) -> Spread:
        return Spread.of(list(chain.from_iterable(seconds[mailbox_id, measure])))

    boxes = db.session.execute(select(Mailbox.id, Mailbox.name).order_by(Mailbox.name, Mailbox.id)).all()
    spreads = {id_: (spread(id_, Measure.RESOLVED), spread(id_, Measure.RESPONDED)) for id_, _ in boxes}
    return [Group(id_, name, created[id_], spreads[id_][0].count, *spreads[id_]) for id_, name in boxes]


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
