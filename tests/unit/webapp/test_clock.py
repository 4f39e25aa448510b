"""Times as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.clock import Clock

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "now"),  # another machine's clock runs ahead
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 m"),
        (timedelta(minutes=59), "59 m"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=11, minutes=59), "11 h"),
        (timedelta(hours=13), "Thu"),
        (timedelta(days=6), "Sat"),
        (timedelta(days=7), "13 Nov"),
        (timedelta(days=400), "16 Oct 2025"),
    ],
)
def test_a_row_says_how_long_ago_as_briefly_as_it_can(ago: timedelta, words: str) -> None:
    assert Clock(NOON, UTC).short(NOON - ago) == words


def test_days_are_those_of_the_reader() -> None:
    late = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    assert Clock(NOON, UTC).day_name(Clock(NOON, UTC).day(late)) == "Yesterday"
    berlin = Clock(NOON, ZoneInfo("Europe/Berlin"))
    assert berlin.day_name(berlin.day(late)) == "Today"
    assert berlin.when(late).clock == "00:30"


def test_older_days_are_named_in_full() -> None:
    clock = Clock(NOON, UTC)
    assert clock.day_name(datetime(2026, 11, 3).date()) == "Tuesday, 3 November"
    assert clock.day_name(datetime(2025, 3, 1).date()) == "Saturday, 1 March 2025"
