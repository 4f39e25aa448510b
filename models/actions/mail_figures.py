"""Writing down what became of a day's mail once the day is over, and again where something of it has changed since."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from models.actions.figures import last_day_over
from models.custody import InboundMessage
from models.database import db
from models.figures import MailDay, MailDayChange
from models.outbox import Outbox
from models.queries.figures import Period
from models.queries.mail_health import count_mail

AT_ONCE = 31
ONE_AT_A_TIME = "close mail days"


def close_mail_days() -> int:
    """Write days that are over and not written as they are now, at most `AT_ONCE`; how many. The caller commits.

    The marks go before the mails are counted: a change that comes in between has set one that stays.
    """
    alone = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    if not db.session.scalar(alone, {"name": ONE_AT_A_TIME}):
        return 0
    days = days_to_write()
    db.session.execute(delete(MailDayChange).where(MailDayChange.day.in_(days)))
    db.session.execute(delete(MailDay).where(MailDay.day.in_(days)))
    for day in days:
        write_day(day)
    return len(days)


def days_to_write() -> Sequence[date]:
    """The oldest days that are over and are not written, or not as they are now."""
    last = last_day_over()
    changed = set(db.session.scalars(select(MailDayChange.day).distinct().where(MailDayChange.day <= last)))
    begins = (db.session.scalar(select(func.min(column))) for column in (InboundMessage.received_at, Outbox.created_at))
    first = min((moment.astimezone(UTC).date() for moment in begins if moment is not None), default=last + timedelta(days=1))
    written = set(db.session.scalars(select(MailDay.day)))
    return sorted(changed | (set(Period(first, last).days()) - written))[:AT_ONCE]


def write_day(day: date) -> None:
    counted = count_mail(Period(day, day))
    written, sent, failed, automatic = counted.out
    db.session.execute(
        insert(MailDay).values(
            day=day, by_decision=dict(counted.by_decision), waits=sorted(counted.waits),
            written=written, sent=sent, failed=failed, automatic=automatic,
        )
    )  # fmt: skip
