"""What became of the mail of a period: how much of it is held, bounced or automatic, and how soon it was a ticket."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from sqlalchemy import select, text

from models.database import db
from models.durations import percentile
from models.figures import MailDay
from models.queries.figures import Period, midnight, runs

DECISIONS = text("""
SELECT coalesce(d.decision, 'waiting'), count(*)
  FROM inbound_message m JOIN inbound_delivery d ON d.inbound_id = m.id
 WHERE m.received_at >= :begin AND m.received_at < :end AND m.origin <> 'import' AND d.decision IS DISTINCT FROM 'probe' GROUP BY 1
""")
WAITS = text("""
SELECT coalesce(array_agg(least(2147483647, greatest(0, round(1000 * extract(epoch FROM filed_at - received_at))))::int), '{}')
  FROM inbound_message WHERE received_at >= :begin AND received_at < :end AND filed_at IS NOT NULL AND origin <> 'import'
""")
SENT = text("""
SELECT count(*), count(*) FILTER (WHERE state = 'sent'), count(*) FILTER (WHERE state = 'failed'),
       count(*) FILTER (WHERE automatic)
  FROM outbox WHERE created_at >= :begin AND created_at < :end
""")
AI = text("""
SELECT count(*), count(*) FILTER (WHERE message_id IS NOT NULL), avg(kept)
  FROM ai_draft WHERE created_at >= :begin AND created_at < :end
""")


@dataclass(frozen=True)
class MailHealth:
    """`by_decision` as in the ledger; times in seconds, None where nothing was filed."""

    accepted: int
    by_decision: dict[str, int]
    time_to_ticket_median: float | None
    time_to_ticket_p95: float | None
    written: int
    sent: int
    failed: int
    automatic: int


@dataclass(frozen=True)
class DraftFigures:
    """Drafts that were asked for, those of which something was sent, and how much of their words was kept (0 to 1)."""

    asked: int
    used: int
    kept_share: float | None


@dataclass(frozen=True)
class MailCount:
    """The mail of some days; `waits` are milliseconds from the 250 to the ticket, `out` as in `SENT`."""

    by_decision: Counter[str]
    waits: Sequence[int]
    out: tuple[int, int, int, int]


def mail_health(period: Period) -> MailHealth:
    """From the days that are written, and from the mails themselves for those that are not."""
    days = db.session.scalars(select(MailDay).where(MailDay.day.between(period.first, period.last))).all()
    written = {row.day for row in days}
    found = [as_count(row) for row in days]
    found += [count_mail(Period(first, last)) for first, last in runs(day for day in period.days() if day not in written)]
    by_decision = sum((each.by_decision for each in found), Counter[str]())
    waits = sorted(chain.from_iterable(each.waits for each in found))
    median, p95 = (percentile(waits, share) / 1000 if waits else None for share in (0.5, 0.95))
    out = (sum(column) for column in zip(*(each.out for each in found), strict=True))
    return MailHealth(by_decision.total(), dict(by_decision), median, p95, *out)


def as_count(row: MailDay) -> MailCount:
    return MailCount(Counter(row.by_decision), row.waits, (row.written, row.sent, row.failed, row.automatic))


def count_mail(period: Period) -> MailCount:
    """Read some days from the mails."""
    asked = span(period)
    by_decision = Counter({decision: number for decision, number in db.session.execute(DECISIONS, asked)})
    return MailCount(by_decision, db.session.scalar(WAITS, asked) or [], tuple(db.session.execute(SENT, asked).one()))


def draft_figures(period: Period) -> DraftFigures:
    return DraftFigures(*db.session.execute(AI, span(period)).one())


def span(period: Period) -> dict[str, object]:
    return {"begin": midnight(period.first), "end": midnight(period.last + timedelta(days=1))}
