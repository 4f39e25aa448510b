"""For tests that ask for the day or the hour more than once: they do not begin a moment before it ends."""

import time
from datetime import UTC, datetime

import pytest

LONG_ENOUGH = 90  # seconds, for one test on a busy machine


def wait_out(seconds: int) -> None:
    """Let the day or the hour end first, if so little of it is left. Both end in UTC, as the desk counts."""
    left = seconds - datetime.now(UTC).timestamp() % seconds
    if left < LONG_ENOUGH:
        time.sleep(left + 0.1)


@pytest.fixture
def within_a_day() -> None:
    wait_out(24 * 3600)


@pytest.fixture
def within_an_hour() -> None:
    wait_out(3600)
