"""When reports are enough to stop writing to an address."""

from datetime import UTC, datetime, timedelta

import pytest

from models.bounce_rules import Reported, is_undeliverable, points_of, speaks_of_the_address

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def reports(*each: tuple[str, float]) -> list[Reported]:
    """(status, days ago), oldest first."""
    return [Reported(status, points_of(status), NOW - timedelta(days=days)) for status, days in each]


@pytest.mark.parametrize(
    "said, is_enough",
    [
        ([], False),
        ([("5.1.1", 0)], False),
        ([("5.1.10", 0)], True),
        ([("5.1.10", 31)], False),
        ([("5.1.1", 6), ("5.1.1", 0)], True),
        ([("5.1.1", 6), ("5.2.1", 0)], True),
        ([("5.1.2", 6), ("5.1.1", 0)], True),
        ([("5.1.1", 8), ("5.1.1", 0)], True),  # two hard ones within thirty days
        ([("5.1.1", 31), ("5.1.1", 0)], False),
        ([("5.4.1", 20), ("5.4.1", 0)], True),
        ([("5.7.1", 9), ("5.7.1", 5), ("5.7.1", 0)], False),
        ([("5.7.1", 9), ("5.7.1", 8), ("5.7.1", 5), ("5.7.1", 0)], True),
        ([("5.2.2", 9), ("5.2.2", 8), ("5.2.2", 5)], False),
        ([("4.2.2", n) for n in range(20, 0, -1)], False),
        ([("4.4.7", n) for n in range(20, 0, -1)] + [("5.2.2", 0)], True),
        ([("5.1.1", 1), ("4.2.2", 0)], False),
        ([("", 3)], False),
        ([("", 3), ("", 2)], True),
    ],
)
def test_when_reports_are_enough(said: list[tuple[str, float]], is_enough: bool) -> None:
    assert is_undeliverable(reports(*said), NOW) is is_enough


@pytest.mark.parametrize(
    "status, hard, points",
    [("5.1.1", True, 2), ("5.1.10", True, 2), ("5.2.2", True, 1), ("5.7.26", True, 1), ("4.2.2", True, 1), ("", True, 2),
     ("", False, 1), ("5.4.7", True, 1), ("5.5.0", True, 2)],
)  # fmt: skip
def test_what_a_report_weighs(status: str, hard: bool, points: int) -> None:
    assert points_of(status, hard) == points


@pytest.mark.parametrize(
    "status, of_the_address",
    [("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.1.8", False), ("5.1.7", False), ("5.2.3", False),
     ("5.7.1", False), ("", False), ("5.3.4", False), ("4.1.1", False)],
)  # fmt: skip
def test_which_refusals_speak_of_the_address(status: str, of_the_address: bool) -> None:
    assert speaks_of_the_address(status) is of_the_address
