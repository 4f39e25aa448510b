"""What has been spent of the budgets, which of them are used up, and which tickets' breakers are open."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, tuple_

from models.budget import Budget
from models.budget_rules import DAY, HOUR, LIMITS, WINDOW, Limit, Purse, Scope, instance_allows
from models.database import db
from models.ticket import Ticket

WEEK = timedelta(days=7)
MOST_SHOWN = 100

now = func.statement_timestamp  # it stands still for a statement: an index can be read by it
spent_in_all = func.coalesce(func.sum(Budget.n), 0)


@dataclass(frozen=True)
class Spent:
    """What one purse has spent, of what one limit lets it spend."""

    limit: Limit
    purse: Purse
    n: int
    most: int

    @property
    def is_used_up(self) -> bool:
        return self.n >= self.most


@dataclass(frozen=True)
class OpenBreaker:
    """A ticket that gets no automatic mail for now."""

    ticket_id: int
    ref: str
    until: datetime


def within(window: timedelta) -> ColumnElement[bool]:
    """The rows that may hold something younger than `window`: the oldest counts whole."""
    return Budget.window_start > now() - (window + WINDOW)


def spent_of(purses: Collection[Purse]) -> list[Spent]:
    """Every limit that binds these purses, with what is spent of it. Of the instance, what all have spent."""
    named = [purse for purse in purses if purse.scope != Scope.INSTANCE]
    rows = db.session.execute(
        select(Budget.scope, Budget.key, func.coalesce(func.sum(Budget.n).filter(within(HOUR)), 0), spent_in_all)
        .where(tuple_(Budget.scope, Budget.key).in_([(purse.scope, purse.key) for purse in named]), within(DAY))
        .group_by(Budget.scope, Budget.key)
    )
    spent = {Purse(scope, key): {HOUR: hour, DAY: day} for scope, key, hour, day in rows}
    found = [
        Spent(limit, purse, int(spent.get(purse, {}).get(limit.window, 0)), limit.most)
        for limit in LIMITS
        for purse in named
        if purse.scope == limit.scope
    ]
    return [*found, *([instance_spent()] if len(named) < len(purses) else [])]


def instance_spent() -> Spent:
    """What the whole desk has sent by itself in the last hour, of what it may."""
    of_the_instance = select(spent_in_all).where(Budget.scope == Scope.INSTANCE)
    lately = db.session.scalar(of_the_instance.where(within(HOUR))) or 0
    week_ago = Budget.window_start.between(now() - WEEK - HOUR, now() - WEEK)
    [limit] = [each for each in LIMITS if each.scope == Scope.INSTANCE]
    most = instance_allows(int(db.session.scalar(of_the_instance.where(week_ago)) or 0))
    return Spent(limit, Purse(Scope.INSTANCE, ""), int(lately), most)


def budgets_in_use() -> list[Spent]:
    """The budgets that are at least half spent now, the fullest first."""
    lately = (
        select(Budget.scope, Budget.key)
        .where(Budget.scope != Scope.INSTANCE, within(DAY))
        .group_by(Budget.scope, Budget.key)
        .order_by(func.sum(Budget.n).desc())
        .limit(MOST_SHOWN * 10)
    )
    purses = [Purse(*row) for row in db.session.execute(lately)]
    found = [each for each in spent_of(purses) if each.n * 2 >= each.most] if purses else []
    return sorted(found, key=lambda each: -each.n / each.most)[:MOST_SHOWN]


def open_breakers() -> Sequence[OpenBreaker]:
    """The tickets whose loop breaker is open, the longest to stay so first."""
    wanted = (
        select(Ticket.id, Ticket.ref, Ticket.automatic_off_until)
        .where(Ticket.automatic_off_until > now())
        .order_by(Ticket.automatic_off_until.desc())
        .limit(MOST_SHOWN)
    )
    return [OpenBreaker(*row) for row in db.session.execute(wanted)]


def budget_gauges() -> dict[str, tuple[str, float]]:
    """Figures for `/metrics`."""
    instance = instance_spent()
    breakers = select(func.count()).select_from(Ticket).where(Ticket.automatic_off_until > now())
    return {
        "postroom_automatic_mail_last_hour": ("Automatic mails to customers queued in the last hour", instance.n),
        "postroom_automatic_mail_allowed": ("Automatic mails to customers that an hour may have now", instance.most),
        "postroom_automatic_mail_stopped": ("1 while that budget is used up", float(instance.is_used_up)),
        "postroom_budgets_used_up": ("Budgets of single addresses, domains, … that are used up", used_up()),
        "postroom_loop_breakers_open": ("Tickets that get no automatic mail for now", db.session.scalar(breakers) or 0),
    }


def used_up() -> int:
    return sum(each.is_used_up for each in budgets_in_use())
