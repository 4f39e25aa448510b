"""The questions reports ask. Every figure's definition stands beside it in `webapp/reports/definitions.py`."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from models.business_hours import BusinessHours
from models.database import db
from models.durations import Spread
from models.figures import Measure
from models.mailbox import Mailbox
from models.people import User
from models.queries.bundles import numbers
from models.queries.figures import Period, today
from models.queries.paces import Pace, Paces, opened_by_hour, paces
from models.queries.tallies import active_now, standing
from models.ticket import ACTIVE, Priority, Status


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

    def numbers(self, by: tuple[str, ...], period: Period, *measures: Measure) -> Counter[tuple[Any, ...]]:
        return numbers(by, period, self.hours, self.basis, measures or tuple(Measure), self.mailbox_id)

    def paces(self, period: Period) -> Paces:
        return paces(period, self.hours, self.basis, self.mailbox_id)


def summary() -> Summary:
    by_status = dict.fromkeys(map(str, Status), 0)
    by_priority = dict.fromkeys(map(str, Priority), 0)
    by_mailbox: dict[int, int] = defaultdict(int)
    active = unassigned = 0
    for status, priority, mailbox_id, is_unassigned, number in standing():
        by_status[status] += number
        by_priority[priority] += number
        if status in ACTIVE:
            active += number
            unassigned += number if is_unassigned else 0
            by_mailbox[mailbox_id] += number
    return Summary(sum(by_status.values()), active, unassigned, by_status, by_priority, dict(by_mailbox))


def volume(period: Period, counting: Counting) -> list[Day]:
    """Every day of the period, the oldest first."""
    counted = counting.numbers(("day", "measure"), Period(period.first, max(period.last, today())))
    backlog = active_now(counting.mailbox_id)
    found = []
    for day in reversed(Period(period.first, max(period.last, today())).days()):
        number = {measure: counted[day, measure] for measure in Measure}
        found.append(Day(day, number[Measure.CREATED], number[Measure.RESOLVED], number[Measure.REOPENED], backlog))
        backlog -= number[Measure.CREATED] + number[Measure.REOPENED] + number[Measure.RETURNED]
        backlog += number[Measure.RESOLVED] + number[Measure.LEFT]
    return [day for day in reversed(found) if day.date <= period.last]


def resolution(period: Period, counting: Counting) -> Resolution:
    """How fast tickets were answered and ended in the period, together and by agent."""
    found = counting.paces(period)
    people = db.session.scalars(select(User).where(User.id.in_(found.agents())).order_by(User.username))
    by_agent = [
        AgentPace(user.id, user.username, user.name, found.pace(Measure.RESOLVED, user.id), found.pace(Measure.RESPONDED, user.id))
        for user in people
    ]
    reopened = counting.numbers(("measure",), period, Measure.REOPENED).total()
    return Resolution(found.pace(Measure.RESOLVED), found.pace(Measure.RESPONDED), reopened, tuple(by_agent))


def arrivals(period: Period, counting: Counting) -> list[int]:
    """How many tickets were opened in each hour of the week, from Monday at midnight; 168 numbers."""
    return opened_by_hour(period, counting.hours, counting.basis, counting.mailbox_id)


def by_mailbox(period: Period, counting: Counting) -> list[Group]:
    created = counting.numbers(("mailbox_id",), period, Measure.CREATED)
    found = counting.paces(period)

    def group(mailbox_id: int, name: str) -> Group:
        resolved, responded = (found.spread(measure, "seconds", mailbox_id=mailbox_id) for measure in (Measure.RESOLVED, Measure.RESPONDED))
        return Group(mailbox_id, name, created[(mailbox_id,)], resolved.count, resolved, responded)

    return [group(*box) for box in db.session.execute(select(Mailbox.id, Mailbox.name).order_by(Mailbox.name, Mailbox.id))]
