"""The pulse: how much mail a mailbox usually gets in an hour of the week, and whether it is silent now.

The statistics. The usual volume of an hour of the week is the median of that hour over the last eight weeks, at least
four of which must be known; the weeks are those of the desk's own time zone. What one expects since the last mail is the
sum of the usual volumes of the whole hours since then. Were mails to come independently of each other (Poisson), that many
being expected, none would come with probability e^-expected: from `SILENT_FROM` on that is below one in twenty thousand, and
it is an alarm. Medians (the lower one of two) forget single wild hours and holidays that fell on one of the weeks; an hour
in which half the weeks brought nothing counts as nothing, so a mailbox with little mail is never called silent. What this
cannot know is a public holiday: that may be called a silence, until the next mail ends it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.mailbox import Mailbox
from models.pulse import MailboxHour, Probe

WEEKS = 8
LEAST_WEEKS = 4
SILENT_FROM = 10.0  # expected mails; e^-10 is one in 22,026
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
PROBED = "probe"  # the decision of a mail that the desk sent to itself

now = func.clock_timestamp


@dataclass(frozen=True)
class Silence:
    """A mailbox that has been without mail for `hours` in which `expected` mails would have been usual."""

    mailbox_id: int
    name: str
    hours: int
    expected: float


@dataclass(frozen=True)
class Way:
    """How long a mail of the desk to itself took, and how long ago it came through, in seconds."""

    seconds: float
    age_seconds: float


@dataclass(frozen=True)
class LateProbe:
    """A mail to itself that has not come through, and what was wrong with handing it in."""

    sent_at: datetime
    age_seconds: float
    trouble: str


def silences(zone: ZoneInfo) -> list[Silence]:
    """The mailboxes in use that are silent now."""
    begin = until = counted_until()
    if until is None or begin is None:
        return []
    counted = (
        select(MailboxHour.mailbox_id, Mailbox.name, MailboxHour.hour, MailboxHour.mails)
        .join(Mailbox, Mailbox.id == MailboxHour.mailbox_id)
        .where(Mailbox.is_active, MailboxHour.hour >= until - WEEKS * WEEK)
        .order_by(MailboxHour.hour)
    )
    series: dict[tuple[int, str], list[tuple[datetime, int]]] = defaultdict(list)
    for mailbox_id, name, hour, mails in db.session.execute(counted):
        series[mailbox_id, name].append((hour, mails))
    fresh = mailboxes_with_mail_since(until)
    found = [silence_of(mailbox_id, name, hours, zone) for (mailbox_id, name), hours in series.items() if mailbox_id not in fresh]
    return [each for each in found if each is not None]


def silence_of(mailbox_id: int, name: str, hours: Sequence[tuple[datetime, int]], zone: ZoneInfo) -> Silence | None:
    """Whether the hours at the end of the series, each without mail, are a silence. Pure; hours oldest first."""
    last = next((number for number in range(len(hours) - 1, -1, -1) if hours[number][1]), None)
    if last is None:
        return None
    usual = usual_volumes(hours[: last + 1], hours[-1][0], zone)
    quiet = [hour for hour, _ in hours[last + 1 :]]
    expected = sum(usual.get(hour_of_week(hour, zone), 0.0) for hour in quiet)
    return Silence(mailbox_id, name, len(quiet), expected) if expected >= SILENT_FROM else None


def usual_volumes(hours: Sequence[tuple[datetime, int]], end: datetime, zone: ZoneInfo) -> dict[int, float]:
    """The median of each hour of the week (0 is Monday 0:00 to 1:00) over the weeks before `end`, where enough are known."""
    known: dict[int, list[int]] = defaultdict(list)
    for hour, mails in hours:
        if end - WEEKS * WEEK <= hour:
            known[hour_of_week(hour, zone)].append(mails)
    return {hour: float(median_low(mails)) for hour, mails in known.items() if len(mails) >= LEAST_WEEKS}


def hour_of_week(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.weekday() * 24 + local.hour


def counted_until() -> datetime | None:
    """The end of the last hour whose mails are counted."""
    last = db.session.scalar(select(func.max(MailboxHour.hour)))
    return None if last is None else last.astimezone(UTC) + HOUR


def mailboxes_with_mail_since(moment: datetime) -> set[int | None]:
    """Who got mail since, leaving out what the desk sent to itself."""
    wanted = (
        select(InboundDelivery.mailbox_id)
        .join(InboundMessage, InboundMessage.id == InboundDelivery.inbound_id)
        .where(InboundMessage.received_at >= moment, InboundMessage.origin != "import", InboundDelivery.decision.is_distinct_from(PROBED))
    )
    return set(db.session.scalars(wanted.distinct()))


def last_probe() -> Way | None:
    """The mail to itself that came through last."""
    took = func.extract("epoch", Probe.arrived_at - Probe.sent_at)
    row = db.session.execute(
        select(took, func.extract("epoch", now() - Probe.arrived_at))
        .where(Probe.arrived_at.is_not(None))
        .order_by(Probe.sent_at.desc())
        .limit(1)
    ).first()
    return None if row is None else Way(float(row[0]), float(row[1]))


def late_probe(after: timedelta) -> LateProbe | None:
    """The newest mail to itself that is older than `after`, if it has not come through."""
    row = db.session.execute(
        select(Probe.sent_at, func.extract("epoch", now() - Probe.sent_at), Probe.trouble, Probe.arrived_at)
        .where(Probe.sent_at < now() - after)
        .order_by(Probe.sent_at.desc())
        .limit(1)
    ).first()
    if row is None or row.arrived_at is not None:
        return None
    return LateProbe(row.sent_at, float(row[1]), row.trouble)
