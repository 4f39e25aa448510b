"""When a snoozed ticket comes back: some ready choices in the reader's own zone, and a time he has typed."""

from datetime import UTC, datetime, time, timedelta

from flask_babel import gettext as _

from models.errors import Invalid
from webapp.clock import Clock
from webapp.inbox.view_models import Choice

MORNING, EVENING = time(8), time(18)
WAKE = "wake"


def snooze_choices(clock: Clock) -> tuple[Choice, ...]:
    """'In 3 hours', 'This evening' while it is to come, 'Tomorrow morning', 'Monday morning', 'In a week'."""
    here = clock.now.astimezone(clock.zone)
    evening = at(here, 0, EVENING)
    monday = at(here, 7 - here.weekday(), MORNING)
    found = [(_("In 3 hours"), clock.now + timedelta(hours=3))]
    if evening - here > timedelta(hours=1):
        found.append((_("This evening"), evening))
    found += [(_("Tomorrow morning"), at(here, 1, MORNING)), (_("Monday morning"), monday), (_("In a week"), at(here, 7, MORNING))]
    return tuple(Choice(moment.astimezone(UTC).isoformat(timespec="seconds"), words) for words, moment in found)


def at(here: datetime, days: int, clock_time: time) -> datetime:
    """That time so many days later, as clocks here will show it then."""
    return datetime.combine(here.date() + timedelta(days=days), clock_time, here.tzinfo)


def moment_typed(value: str, clock: Clock) -> datetime:
    """A choice as it was offered, or a local date and time. Raises `Invalid`."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Invalid("until", "say until when: a date and a time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.zone)
