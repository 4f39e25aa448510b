"""The budgets of automatic mail on the mail flow page: what is nearly or wholly used up, which breakers are open."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from models.budget_rules import Scope
from models.people import Role, User
from models.queries.budgets import Spent, budgets_in_use, instance_spent, open_breakers
from webapp.clock import Clock, When

KINDS = {
    Scope.TICKET: _l("Ticket"),
    Scope.ADDRESS: _l("Address"),
    Scope.DOMAIN: _l("Domain"),
    Scope.NETWORK: _l("Network"),
    Scope.AGENT: _l("Agent"),
    Scope.INSTANCE: _l("The whole desk"),
}


@dataclass(frozen=True)
class BudgetRow:
    scope: str
    key: str
    kind: str
    words: str
    n: int
    most: int
    is_used_up: bool


@dataclass(frozen=True)
class BreakerRow:
    ticket_id: int
    ref: str
    until: When


@dataclass(frozen=True)
class AutomaticMail:
    """What an administrator sees of it."""

    whole_desk: BudgetRow
    budgets: tuple[BudgetRow, ...]
    breakers: tuple[BreakerRow, ...]


def automatic_mail_seen_by(viewer: User, clock: Clock) -> AutomaticMail | None:
    """None for everybody but administrators: the keys are addresses of other people's customers."""
    if viewer.role != Role.ADMIN:
        return None
    return AutomaticMail(
        row_of(instance_spent()),
        tuple(map(row_of, budgets_in_use())),
        tuple(BreakerRow(each.ticket_id, each.ref, clock.when(each.until)) for each in open_breakers()),
    )


def row_of(spent: Spent) -> BudgetRow:
    scope = Scope(spent.purse.scope)
    return BudgetRow(scope, spent.purse.key, KINDS[scope], spent.limit.words, spent.n, spent.most, spent.is_used_up)
