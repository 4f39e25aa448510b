"""Business hours: how they are written, and how much of a span they are, beside a count minute by minute."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.business_hours import BusinessHours

OFFICE = BusinessHours.read("Mon-Fri 09:00-17:00", "UTC")
BERLIN = BusinessHours.read("Mon-Thu 08:00-12:00, Mon-Thu 13:00-17:30, Fri 08:00-13:00", "Europe/Berlin")
HOUR = 3600
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 20)).map(lambda d: d.replace(second=0, microsecond=0, tzinfo=UTC))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026; the 2nd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        (at(2, 9), at(2, 17), 8),
        (at(2, 8), at(2, 18), 8),
        (at(2, 10), at(2, 10, 30), 0.5),
        (at(2, 18), at(3, 8), 0),
        (at(6, 16), at(9, 10), 2),  # over the week-end
        (at(7, 0), at(8, 23), 0),
        (at(2, 9), at(9, 9), 40),
        (at(3, 9), at(2, 9), 0),
    ],
)
def test_only_the_hours_at_work_count(begin: datetime, end: datetime, hours: float) -> None:
    assert OFFICE.between(begin, end) == hours * HOUR


def test_the_zone_says_when_nine_is() -> None:
    assert BERLIN.between(at(2, 6), at(2, 8)) == HOUR  # eight in Berlin is seven in UTC
    assert BERLIN.week_hour(at(1, 23, 30)) == 0  # Monday has begun there


@given(moments, st.integers(0, 20_000))
def test_it_is_what_counting_minute_by_minute_gives(begin: datetime, minutes: int) -> None:
    minutes %= 3000
    counted = sum(60 for n in range(minutes) if at_work(begin + timedelta(minutes=n)))
    assert BERLIN.between(begin, begin + timedelta(minutes=minutes)) == counted


def at_work(moment: datetime) -> bool:
    local = moment.astimezone(BERLIN.zone)
    clock, day = local.hour * 60 + local.minute, local.weekday()
    if day < 4:
        return 8 * 60 <= clock < 12 * 60 or 13 * 60 <= clock < 17 * 60 + 30
    return day == 4 and 8 * 60 <= clock < 13 * 60


@given(moments, st.integers(0, 5000), st.integers(0, 5000))
def test_parts_make_the_whole(begin: datetime, first: int, second: int) -> None:
    middle = begin + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    assert BERLIN.between(begin, middle) + BERLIN.between(middle, end) == BERLIN.between(begin, end)


def test_always_counts_every_hour() -> None:
    always = BusinessHours.read("always", "Europe/Berlin")
    assert always.between(at(2, 0), at(12, 5)) == (10 * 24 + 5) * HOUR


@pytest.mark.parametrize(
    "said", ["", "9-17", "Mon-Fri 9:00-17:00", "Mon-Fri 17:00-09:00", "Fri-Mon 09:00-17:00", "Mon 09:00-25:00", "Mon 09:61-10:00",
             "Mon-Fri 09:00-17:00, Wed 12:00-13:00"],
)  # fmt: skip
def test_hours_that_cannot_be_read_are_refused_with_a_sentence(said: str) -> None:
    with pytest.raises(ValueError, match="not written like|ends before|no time of the day|overlap"):
        BusinessHours.read(said, "UTC")
