"""When a snoozed ticket comes back, in the reader's own zone, also over a change of the clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from models.errors import Invalid
from webapp import languages
from webapp.clock import Clock
from webapp.inbox.snooze_times import moment_typed, snooze_choices

BERLIN = ZoneInfo("Europe/Berlin")


def offered(now: datetime) -> dict[str, str]:
    app = Flask(__name__)
    languages.init_app(app)
    with app.test_request_context("/"):
        return {choice.label: choice.value for choice in snooze_choices(Clock(now, BERLIN))}


def test_mornings_are_the_readers_own() -> None:
    found = offered(datetime(2026, 11, 5, 9, 0, tzinfo=UTC))  # a Thursday, ten o'clock in Berlin
    assert found == {
        "In 3 hours": "2026-11-05T12:00:00+00:00",
        "This evening": "2026-11-05T17:00:00+00:00",
        "Tomorrow morning": "2026-11-06T07:00:00+00:00",
        "Monday morning": "2026-11-09T07:00:00+00:00",
        "In a week": "2026-11-12T07:00:00+00:00",
    }


def test_a_change_of_the_clocks_moves_no_morning() -> None:
    found = offered(datetime(2026, 10, 24, 20, 0, tzinfo=UTC))  # the night before summer time ends
    assert found["Tomorrow morning"] == "2026-10-25T07:00:00+00:00"
    assert "This evening" not in found


def test_on_a_monday_monday_is_the_next_one() -> None:
    assert offered(datetime(2026, 11, 9, 5, 0, tzinfo=UTC))["Monday morning"] == "2026-11-16T07:00:00+00:00"


def test_a_typed_time_is_local_and_an_offered_one_is_taken_as_it_is() -> None:
    clock = Clock(datetime(2026, 11, 5, 9, 0, tzinfo=UTC), BERLIN)
    assert moment_typed("2026-11-07T08:30", clock).astimezone(UTC) == datetime(2026, 11, 7, 7, 30, tzinfo=UTC)
    assert moment_typed("2026-11-07T08:30:00+00:00", clock) == datetime(2026, 11, 7, 8, 30, tzinfo=UTC)
    for wrong in ("", "soon", "2026-13-01T08:00"):
        with pytest.raises(Invalid):
            moment_typed(wrong, clock)
