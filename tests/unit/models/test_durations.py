"""Spreads of durations, beside Python's own statistics."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.durations import Run, Spread


@given(st.lists(st.integers(0, 10**8), min_size=2, max_size=300))
def test_average_median_and_p90_are_the_usual_ones(seconds: list[int]) -> None:
    found = Spread.of(seconds)
    assert found.count == len(seconds)
    assert found.average == round(sum(seconds) / len(seconds))
    assert found.median == pytest.approx(statistics.median(seconds), abs=1)  # both are rounded to whole seconds
    assert found.p90 == pytest.approx(statistics.quantiles(seconds, n=10, method="inclusive")[8], abs=1)


def test_one_is_all_three_and_none_is_nothing() -> None:
    assert Spread.of([7]) == Spread(1, 7, 7, 7)
    assert Spread.of([]) == Spread(0, None, None, None)


@given(st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=60), max_size=5))
def test_runs_are_spread_as_if_they_were_one(parts: list[list[int]]) -> None:
    assert Spread.together(Run.of(part) for part in parts) == Spread.of([value for part in parts for value in part])


@given(st.lists(st.lists(st.integers(0, 3), max_size=20), max_size=4))
def test_runs_in_which_much_is_alike_are_spread_as_if_they_were_one(parts: list[list[int]]) -> None:
    assert Spread.together(Run.of(part) for part in parts) == Spread.of([value for part in parts for value in part])
