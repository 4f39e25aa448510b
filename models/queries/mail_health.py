"""What became of the mail of a period: how much of it is held, bounced or automatic, and how soon it was a ticket."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from flask import current_app
from sqlalchemy import select, text

from models.database import db
from models.durations import Run, percentile
from models.figures import MailDay, MailDayChange
from models.queries.figures import Period, midnight, runs
from models.remembered import Remembered

MOST_REMEMBERED = 4  # periods; a year of a desk of a million messages takes some two mebibytes

# From each mail to its deliveries (OFFSET keeps them apart): for a day's mails Postgres would else read the whole ledger.
DECISIONS = text("""
SELECT coalesce(d.decision, 'waiting'), count(*)
  FROM inbound_message m, LATERAL (SELECT decision FROM inbound_delivery WHERE inbound_id = m.id OFFSET 0) d
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
    """From the days that are written, which are put together once, and from the mails themselves for those that are not."""
    known = written_days(period)
    written = remembered().get((period, frozenset(known.items())), lambda: together(map(as_count, rows_of(known))))
    others = together(count_mail(Period(*run)) for run in runs(day for day in period.days() if day not in known))
    by_decision = written.by_decision + others.by_decision
    waits = [part.waits for part in (written, others) if part.waits]
    median, p95 = (percentile(waits, share) / 1000 if waits else None for share in (0.5, 0.95))
    out = (sum(column) for column in zip(written.out, others.out, strict=True))
    return MailHealth(by_decision.total(), dict(by_decision), median, p95, *out)


def written_days(period: Period) -> dict[date, datetime]:
    """The days of the period of which holds what is written, and when they were."""
    changed = select(MailDayChange.day)
    columns = (MailDay.day, MailDay.written_at)
    wanted = select(*columns).where(MailDay.day.between(period.first, period.last), MailDay.day.not_in(changed))
    return {day: at for day, at in db.session.execute(wanted)}


def rows_of(days: Collection[date]) -> Sequence[MailDay]:
    return db.session.scalars(select(MailDay).where(MailDay.day.in_(days))).all()


def remembered() -> Remembered[MailCount]:
    """Of this application: each has a database of its own."""
    memory: Remembered[MailCount] = current_app.extensions.setdefault("postroom.mail_days", Remembered(MOST_REMEMBERED))
    return memory


def together(parts: Iterable[MailCount]) -> MailCount:
    """The sum of all, its waits in order."""
    known = [MailCount(Counter(), (), (0, 0, 0, 0)), *parts]
    by_decision = sum((part.by_decision for part in known), Counter[str]())
    waits = Run.of(chain.from_iterable(part.waits for part in known)).values
    written, sent, failed, automatic = (sum(column) for column in zip(*(part.out for part in known), strict=True))
    return MailCount(by_decision, waits, (written, sent, failed, automatic))


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
