"""Times as people read them, in the reader's own zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo


@dataclass(frozen=True)
class When:
    """A moment: `iso` for machines, `short` for rows, `clock` for conversations, `date` for facts, `full`
    for the tooltip."""

    iso: str
    short: str
    clock: str
    date: str
    full: str


@dataclass(frozen=True)
class Clock:
    """The present moment and the zone it is read in."""

    now: datetime
    zone: tzinfo

    def when(self, moment: datetime) -> When:
        local = moment.astimezone(self.zone)
        return When(
            iso=moment.isoformat(timespec="seconds"),
            short=self.short(moment),
            clock=f"{local:%H:%M}",
            date=f"{local.day} {local:%b %Y, %H:%M}",
            full=f"{local:%A, {local.day} %B %Y, %H:%M:%S} {local.tzname()}",
        )

    def short(self, moment: datetime) -> str:
        """How long ago, as briefly as a row has room for: 'now', '14 m', '3 h', 'Tue', '12 Nov 2024'."""
        age = self.now - moment
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone).date()
        if age < timedelta(minutes=1):
            return "now"
        if age < timedelta(hours=1):
            return f"{age.seconds // 60} m"
        if age < timedelta(hours=12) or local.date() == today:
            return f"{age.seconds // 3600} h"
        if (today - local.date()).days < 7:
            return f"{local:%a}"
        if local.year == today.year:
            return f"{local.day} {local:%b}"
        return f"{local.day} {local:%b} {local.year}"

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def day_name(self, day: date) -> str:
        """'Today', 'Yesterday', 'Tuesday, 4 November', with the year where it is another one."""
        today = self.now.astimezone(self.zone).date()
        if day == today:
            return "Today"
        if day == today - timedelta(days=1):
            return "Yesterday"
        year = "" if day.year == today.year else f" {day.year}"
        return f"{day:%A}, {day.day} {day:%B}{year}"
