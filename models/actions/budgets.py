"""Spending budgets of automatic mail, in the transaction that queues the mail: a crash can neither forget nor double it.

What is counted is held until the commit. So a transaction takes its budgets last, after every ticket it locks, and
all of them in one order: then no two ever wait for each other in a ring.
"""

import logging
from collections.abc import Collection

from sqlalchemy import Text, cast, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from models.actions.audit import note_in_audit
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.budget import Budget
from models.budget_rules import HOUR, Limit, Purse, Scope
from models.database import db
from models.errors import Forbidden, Invalid, NotFound
from models.queries.budgets import spent_of, within
from models.ticket import Ticket

log = logging.getLogger(__name__)

KEPT = text("interval '8 days'")  # the instance's limit looks back a week
UNLOCKED = (Scope.TICKET, Scope.INSTANCE)  # the ticket itself is locked; a few mails more of the whole desk do no harm
COUNTERS = 16  # of the instance, or everybody would wait for one row


def hold_purses(purses: Collection[Purse]) -> None:
    """Keep others from spending of these until the transaction ends; all at once, in one order."""
    keys = sorted({f"budget|{purse.scope}|{purse.key}" for purse in purses if purse.scope not in UNLOCKED})
    locks = text("SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(CAST(:keys AS text[])) AS key")
    if keys:
        db.session.execute(locks, {"keys": keys})


def take(purses: Collection[Purse]) -> Limit | None:
    """Pay for one mail from every purse, or from none: then the limit that was reached."""
    hold_purses(purses)
    for spent in spent_of(purses):
        if spent.is_used_up:
            log.info("no automatic mail: %s of %s %s for %s", spent.n, spent.most, spent.limit.words, spent.purse.key)
            return spent.limit
    spend(purses)
    return None


def spend(purses: Collection[Purse]) -> None:
    window = func.date_bin(text("interval '5 minutes'"), func.clock_timestamp(), text("timestamptz '2000-01-01'"))
    for purse in sorted(purses):
        key = cast(func.pg_backend_pid() % COUNTERS, Text) if purse.scope == Scope.INSTANCE else purse.key
        one = insert(Budget).values(scope=str(purse.scope), key=key, window_start=window, n=1)
        db.session.execute(
            one.on_conflict_do_update(index_elements=["scope", "key", "window_start"], set_={"n": Budget.n + 1})
        )


def reset_budget(scope: str, key: str, actor: Actor) -> None:
    """Forget what was spent: an administrator knows better. Raises `Forbidden`, `Invalid`."""
    if actor.role != "admin":
        raise Forbidden("only administrators reset budgets")
    if scope not in list(Scope):
        raise Invalid("scope", f"a budget is kept for a {', '.join(Scope)}")
    forgotten = within(HOUR) if scope == Scope.INSTANCE else Budget.key == key  # the hour a week ago is still needed
    db.session.execute(delete(Budget).where(Budget.scope == scope, forgotten))
    note_in_audit(actor, "budget.reset", "budget", scope, key)


def close_breaker(ticket_id: int, actor: Actor) -> None:
    """Let automatic mail about the ticket go out again. Raises `Forbidden`, `NotFound`."""
    if not actor.is_staff:
        raise Forbidden("only agents close a loop breaker")
    ticket = db.session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if ticket is None:
        raise NotFound("there is no such ticket")
    if ticket.automatic_off_until is not None:
        ticket.automatic_off_until = None
        note_on_timeline(ticket.id, "automatic_on", actor, is_internal=True)
        note_in_audit(actor, "breaker.closed", "ticket", ticket.id, ticket.ref)


def forget_old_budgets(limit: int = 10_000) -> int:
    """Delete what no limit looks at any more, at most `limit` rows. How many went."""
    old = select(Budget.scope, Budget.key, Budget.window_start).where(
        Budget.window_start < func.statement_timestamp() - KEPT
    )
    batch = old.limit(limit).with_for_update(skip_locked=True).cte("batch")
    same = (
        (Budget.scope == batch.c.scope) & (Budget.key == batch.c.key) & (Budget.window_start == batch.c.window_start)
    )
    return db.session.execute(delete(Budget).where(same), execution_options={"synchronize_session": False}).rowcount
