"""When a mailbox is silent: the statistics, by the hour, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from models.probe_mark import probe_mark, probe_named_by
from models.queries.pulse import SILENT_FROM, hour_of_week, silence_of, usual_volumes

BERLIN, LONDON = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)  # 0:00; the weeks before lead up to it
KEYS = (b"k" * 32, b"older" * 8)


def at_work(hour: datetime) -> bool:
    return hour.weekday() < 5 and 9 <= hour.hour < 17


def series(weeks: int, quiet_hours: int, *, a_work_hour: int = 4, otherwise: int = 0) -> list[tuple[datetime, int]]:
    """Weeks of ordinary mail up to Monday 9:00, then `quiet_hours` without any."""
    end = MONDAY + timedelta(hours=9)
    before = [end - timedelta(hours=back) for back in range(weeks * 168, 0, -1)]
    usual = [(hour, a_work_hour if at_work(hour) else otherwise) for hour in before]
    return usual + [(end + timedelta(hours=number), 0) for number in range(quiet_hours)]


@pytest.mark.parametrize(("quiet", "is_silent"), [(0, False), (1, False), (2, False), (3, True), (8, True)])
def test_silence_begins_where_ten_mails_would_have_been_usual(quiet: int, is_silent: bool) -> None:
    found = silence_of(1, "Support", series(6, quiet), LONDON)
    assert (found is not None) == is_silent
    if found is not None:
        assert found.expected >= SILENT_FROM
        assert found.expected == 4 * quiet


def test_nights_and_weekends_are_quiet_without_being_silent() -> None:
    friday_evening = series(6, 0)[: -(64 + 0)]
    assert friday_evening[-1][0].weekday() == 4
    night = [(friday_evening[-1][0] + timedelta(hours=number), 0) for number in range(1, 60)]
    assert silence_of(1, "Support", friday_evening + night, LONDON) is None


@pytest.mark.parametrize("a_work_hour", [0, 1])
def test_a_mailbox_with_little_mail_is_never_silent_within_a_day(a_work_hour: int) -> None:
    assert silence_of(1, "Seldom", series(8, 8, a_work_hour=a_work_hour), LONDON) is None


def test_three_weeks_are_too_few_to_know_what_is_usual() -> None:
    assert silence_of(1, "New", series(3, 40), LONDON) is None


def test_one_wild_hour_does_not_make_its_hour_of_the_week_usual() -> None:
    hours = series(8, 0, a_work_hour=0)
    wild = [(hour, 500 if number == len(hours) - 168 else mails) for number, (hour, mails) in enumerate(hours)]
    assert set(usual_volumes(wild, wild[-1][0], LONDON).values()) == {0.0}


def test_a_holiday_among_the_weeks_changes_nothing() -> None:
    hours = [(hour, 0 if hour.date().isoformat() == "2026-08-31" else mails) for hour, mails in series(8, 4)]
    found = silence_of(1, "Support", hours, LONDON)
    assert found is not None and found.expected == 16


def test_a_mailbox_that_never_had_a_mail_is_not_silent() -> None:
    assert silence_of(1, "Empty", [(MONDAY + timedelta(hours=number), 0) for number in range(2000)], LONDON) is None


def test_weeks_are_those_of_the_desks_clock_also_when_it_is_set_back() -> None:
    """Berlin leaves summer time on 25 October 2026: nine o'clock there is another hour of UTC then."""
    summer, winter = datetime(2026, 10, 19, 7, tzinfo=UTC), datetime(2026, 10, 26, 8, tzinfo=UTC)
    assert hour_of_week(summer, BERLIN) == hour_of_week(winter, BERLIN) == 9


def test_the_mark_of_a_probe_is_known_under_every_key_and_under_no_other() -> None:
    probe_id = uuid4()
    assert probe_named_by(KEYS, probe_mark(KEYS, probe_id)) == probe_id
    assert probe_named_by(KEYS, f" {probe_mark(KEYS[1:], probe_id)} ") == probe_id
    assert probe_named_by(KEYS, probe_mark((b"stranger" * 4,), probe_id)) is None


@pytest.mark.parametrize("where", range(3, 68))
def test_a_mark_with_one_letter_changed_is_no_mark(where: int) -> None:
    mark = probe_mark(KEYS, uuid4())
    other = "1" if mark[where] == "0" else "0"
    assert probe_named_by(KEYS, mark[:where] + other + mark[where + 1 :]) is None
