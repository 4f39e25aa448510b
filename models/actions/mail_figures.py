"""Writing down what became of a day's mail, once no word about it can come any more."""

from datetime import date, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from models.custody import InboundMessage
from models.database import db
from models.figures import MailDay
from models.outbox import Outbox
from models.queries.figures import Period, today
from models.queries.mail_health import count_mail

# What is set aside ends after thirty days, what was discarded then after thirty more; mail out is given up after five.
SETTLED_AFTER = timedelta(days=62)
AT_ONCE = 31
ONE_AT_A_TIME = "close mail days"
STILL_OPEN = text("""
SELECT DISTINCT date(timezone('UTC', received_at)) FROM inbound_message WHERE state <> 'done' AND received_at < :before
""")


def close_mail_days() -> int:
    """Write days whose mail is settled and that are not written, at most `AT_ONCE`; how many. The caller commits.

    A day with a mail that was never filed stays open: `postroom replay` may still make a ticket of it.
    """
    alone = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    if not db.session.scalar(alone, {"name": ONE_AT_A_TIME}):
        return 0
    days = settled_days()
    for day in days:
        counted = count_mail(Period(day, day))
        written, sent, failed, automatic = counted.out
        db.session.execute(
            insert(MailDay).values(
                day=day, by_decision=dict(counted.by_decision), waits=sorted(counted.waits),
                written=written, sent=sent, failed=failed, automatic=automatic,
            )
        )  # fmt: skip
    return len(days)


def settled_days() -> list[date]:
    """The oldest days that can be written and are not."""
    begins = (db.session.scalar(select(func.min(column))) for column in (InboundMessage.received_at, Outbox.created_at))
    known = [moment.date() for moment in begins if moment is not None]
    last = today() - SETTLED_AFTER
    if not known or min(known) > last:
        return []
    kept_open = set(db.session.scalars(STILL_OPEN, {"before": last + timedelta(days=1)}))
    kept_open |= set(db.session.scalars(select(MailDay.day)))
    return [day for day in Period(min(known), last).days() if day not in kept_open][:AT_ONCE]
