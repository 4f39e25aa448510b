"""Business hours: when a desk is at work, and how much of a span of time it was. Pure.

The setting reads `Mon-Fri 09:00-17:00` or `Mon-Fri 08:00-12:00, Mon-Thu 13:00-17:00`; `always` counts every hour.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY, WEEK = 86_400, 7 * 86_400
SPAN = re.compile(
    r"(?P<first>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:-(?P<last>Mon|Tue|Wed|Thu|Fri|Sat|Sun))?\s+"
    r"(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)"
)
MONDAY = datetime(2001, 1, 1)  # some Monday at midnight from which weeks are counted


@dataclass(frozen=True)
class BusinessHours:
    """Spans of the week in seconds since Monday 00:00, in order and apart; and the zone whose clocks they mean."""

    spans: tuple[tuple[int, int], ...]
    zone: ZoneInfo

    @classmethod
    def read(cls, said: str, zone: str) -> "BusinessHours":
        """From the setting. Raises `ValueError` with a sentence that says how to write it."""
        if said.strip().lower() == "always":
            return cls(((0, WEEK),), ZoneInfo(zone))
        spans = sorted(span for part in said.split(",") for span in spans_of(part.strip()))
        if any(end > start for (_, end), (start, _) in zip(spans, spans[1:], strict=False)):
            raise ValueError(f"two of the hours in {said!r} overlap")
        return cls(tuple(spans), ZoneInfo(zone))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        return tuple(start for start, _ in self.spans)

    @cached_property
    def before(self) -> tuple[int, ...]:
        """How many seconds of a week lie in the spans before each one; at the end, those of the whole week."""
        sums = [0]
        for start, end in self.spans:
            sums.append(sums[-1] + end - start)
        return tuple(sums)

    def between(self, begin: datetime, end: datetime) -> int:
        """Seconds of business between two moments; 0 where the end is not after the beginning.

        Clocks on the wall count: the hour that a change of the clocks adds or takes is not business.
        """
        return max(0, self.until(end) - self.until(begin))

    def until(self, moment: datetime) -> int:
        """Seconds of business from some Monday long ago until `moment`."""
        weeks, second = divmod(int((self.on_the_wall(moment) - MONDAY).total_seconds()), WEEK)
        place = bisect_right(self.starts, second) - 1
        within = 0 if place < 0 else self.before[place] + min(second, self.spans[place][1]) - self.spans[place][0]
        return weeks * self.before[-1] + within

    def week_hour(self, moment: datetime) -> int:
        """The hour of the week, 0 to 167, that the clocks on the wall show."""
        local = self.on_the_wall(moment)
        return local.weekday() * 24 + local.hour

    def on_the_wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def spans_of(part: str) -> list[tuple[int, int]]:
    match = SPAN.fullmatch(part)
    if match is None:
        raise ValueError(f"{part!r} is not written like Mon-Fri 09:00-17:00")
    opens, closes = seconds_of(match["opens"]), seconds_of(match["closes"])
    first, last = DAYS.index(match["first"]), DAYS.index(match["last"] or match["first"])
    if opens >= closes or first > last:
        raise ValueError(f"{part!r} ends before it begins")
    return [(day * DAY + opens, day * DAY + closes) for day in range(first, last + 1)]


def seconds_of(clock: str) -> int:
    hours, minutes = map(int, clock.split(":"))
    if minutes > 59 or timedelta(hours=hours, minutes=minutes) > timedelta(days=1):
        raise ValueError(f"{clock} is no time of the day")
    return hours * 3600 + minutes * 60
