"""Times as people read them: in the reader's own zone, and in the manner of their language."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from babel import Locale
from babel.dates import format_date

ENGLISH = Locale("en")


@lru_cache(maxsize=4_000)
def written(day: date, pattern: str, locale: Locale) -> str:
    """A day in words. A list names the same few days in row after row, and Babel reads its pattern anew each time."""
    return format_date(day, pattern, locale)


@dataclass(frozen=True)
class Manner:
    """How a language writes times in little room: CLDR patterns, and words with the number in them."""

    day: str = "d MMM"
    day_of_year: str = "d MMM y"
    weekday: str = "EEEE, d MMMM"
    weekday_of_year: str = "EEEE, d MMMM y"
    now: str = "now"
    minutes: str = "{} m"
    hours: str = "{} h"
    today: str = "Today"
    yesterday: str = "Yesterday"


MANNERS = {
    "en": Manner(),
    "de": Manner(
        "d. MMM", "d. MMM y", "EEEE, d. MMMM", "EEEE, d. MMMM y", "jetzt", "{} min", "{} Std.", "Heute", "Gestern"
    ),
}


def manner_of(locale: Locale) -> Manner:
    return MANNERS.get(locale.language, MANNERS["en"])


@dataclass(frozen=True)
class When:
    """A moment: `iso` for machines, `short` for rows, `clock` for conversations, `date` for facts, `full`
    for the tooltip."""

    iso: str
    short: str
    clock: str
    date: str
    full: str


@lru_cache(4_000)
def spelt(moment: datetime, zone: tzinfo, locale: Locale) -> dict[str, str]:
    """All of a `When` that stays as it is while time goes by: a list shows the same moments again and again."""
    local, manner = moment.astimezone(zone), manner_of(locale)
    day, hour = local.date(), f"{local:%H:%M}"
    return {
        "iso": moment.isoformat(timespec="seconds"),
        "clock": hour,
        "date": f"{written(day, manner.day_of_year, locale)}, {hour}",
        "full": f"{written(day, manner.weekday_of_year, locale)}, {local:%H:%M:%S} {local.tzname()}",
    }


@dataclass(frozen=True)
class Clock:
    """The present moment, and the zone and the language it is read in."""

    now: datetime
    zone: tzinfo
    locale: Locale = ENGLISH

    @property
    def manner(self) -> Manner:
        return manner_of(self.locale)

    def when(self, moment: datetime) -> When:
        return When(short=self.short(moment), **spelt(moment, self.zone, self.locale))

    def short(self, moment: datetime) -> str:
        """How long ago, as briefly as a row has room for: 'now', '14 m', '3 h', 'Tue', '12 Nov 2024'."""
        age = self.now - moment
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone).date()
        if age < timedelta(minutes=1):
            return self.manner.now
        if age < timedelta(hours=1):
            return self.manner.minutes.format(age.seconds // 60)
        if age < timedelta(hours=12) or local.date() == today:
            return self.manner.hours.format(age.seconds // 3600)
        if (today - local.date()).days < 7:
            return written(local.date(), "EEE", self.locale)
        return written(local.date(), self.manner.day if local.year == today.year else self.manner.day_of_year, self.locale)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def day_name(self, day: date) -> str:
        """'Today', 'Yesterday', 'Tuesday, 4 November', with the year where it is another one."""
        today = self.now.astimezone(self.zone).date()
        if day == today:
            return self.manner.today
        if day == today - timedelta(days=1):
            return self.manner.yesterday
        return written(day, self.manner.weekday if day.year == today.year else self.manner.weekday_of_year, self.locale)
