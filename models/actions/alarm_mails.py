"""Telling administrators by mail what is wrong: once for each alarm, again after a day, and when it is over.

An alarm that comes and goes tells of itself at most once an hour, and only after it has lasted a minute. The mails are
automatic ones within their readers' budgets; who wants no mail from the desk (account page) gets none of these either.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.actions.budgets import take
from models.actions.mail_queue import queue_mail
from models.addresses import normalise
from models.budget_rules import purses_of_an_alarm
from models.custody import Alarm
from models.database import db
from models.mailbox import Mailbox
from models.people import Notices, Role, User
from models.queries.suppression import is_suppressed

LASTS = timedelta(minutes=1)
AGAIN = timedelta(days=1)
SAME_KIND = timedelta(hours=1)

now = func.clock_timestamp


def tell_of_alarms(keys: Sequence[bytes]) -> int:
    """Queue the mails that are due about alarms. How many; the caller commits."""
    queued = 0
    for alarm in db.session.scalars(to_be_told().with_for_update(skip_locked=True)):
        queued += tell(alarm, keys, is_over=False)
        alarm.told_at = now()
    for alarm in db.session.scalars(over_and_not_told().with_for_update(skip_locked=True)):
        queued += tell(alarm, keys, is_over=True)
        alarm.over_told_at = now()
    return queued


def to_be_told() -> Select[tuple[Alarm]]:
    other = aliased(Alarm)
    told_lately = exists().where(other.kind == Alarm.kind, other.id != Alarm.id, other.told_at > now() - SAME_KIND)
    return select(Alarm).where(
        Alarm.closed_at.is_(None),
        Alarm.opened_at < now() - LASTS,
        or_(Alarm.told_at.is_(None), Alarm.told_at < now() - AGAIN),
        ~told_lately,
    )


def over_and_not_told() -> Select[tuple[Alarm]]:
    return select(Alarm).where(Alarm.closed_at.is_not(None), Alarm.told_at.is_not(None), Alarm.over_told_at.is_(None))


def tell(alarm: Alarm, keys: Sequence[bytes], *, is_over: bool) -> int:
    """One mail to each administrator who can be reached. How many."""
    mailbox = db.session.scalar(select(Mailbox).where(Mailbox.is_active).order_by(Mailbox.id).limit(1))
    if mailbox is None:
        return 0
    said = {"sentence": alarm.sentence, "since": alarm.opened_at.isoformat(timespec="minutes"), "again": alarm.told_at is not None}
    kind, moment = ("alarm_over", "over") if is_over else ("alarm", f"{alarm.told_at or 'first'}")
    queued = 0
    for admin in reachable():
        if is_suppressed(admin.email or "") or take(purses_of_an_alarm(normalise(admin.email or ""))) is not None:
            continue
        key = f"alarm:{alarm.id}:{moment}:{admin.id}"
        queued += queue_mail(key, kind, mailbox, admin.email or "", keys, automatic=True, said=said) is not None
    return queued


def reachable() -> Sequence[User]:
    wanted = select(User).where(
        User.role == Role.ADMIN, User.is_active, User.email.is_not(None), User.notices != Notices.NEVER
    )
    return db.session.scalars(wanted.order_by(User.id)).all()
