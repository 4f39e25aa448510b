"""What became of the mail of a period: how much of it is held, bounced or automatic, and how soon it was a ticket."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from models.database import db
from models.queries.figures import Period, midnight

DECISIONS = text("""
SELECT coalesce(d.decision, 'waiting'), count(*)
  FROM inbound_message m JOIN inbound_delivery d ON d.inbound_id = m.id
 WHERE m.received_at >= :begin AND m.received_at < :end AND m.origin <> 'import' AND d.decision IS DISTINCT FROM 'probe' GROUP BY 1
""")
TIME_TO_TICKET = text("""
SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM filed_at - received_at))
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


def mail_health(period: Period) -> MailHealth:
    asked = span(period)
    by_decision = {decision: number for decision, number in db.session.execute(DECISIONS, asked)}
    median, p95 = db.session.scalar(TIME_TO_TICKET, asked) or (None, None)
    return MailHealth(sum(by_decision.values()), by_decision, median, p95, *db.session.execute(SENT, asked).one())


def draft_figures(period: Period) -> DraftFigures:
    return DraftFigures(*db.session.execute(AI, span(period)).one())


def span(period: Period) -> dict[str, object]:
    return {"begin": midnight(period.first), "end": midnight(period.last + timedelta(days=1))}
