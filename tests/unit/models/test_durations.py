"""Spreads of durations, beside Python's own statistics."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from models.durations import Spread


@given(st.lists(st.integers(0, 10**8), min_size=2, max_size=300))
def test_average_median_and_p90_are_the_usual_ones(seconds: list[int]) -> None:
    found = Spread.of(seconds)
    assert found.count == len(seconds)
    assert found.average == round(sum(seconds) / len(seconds))
    assert found.median == round(statistics.median(seconds))
    assert found.p90 == round(statistics.quantiles(seconds, n=10, method="inclusive")[8])


def test_one_is_all_three_and_none_is_nothing() -> None:
    assert Spread.of([7]) == Spread(1, 7, 7, 7)
    assert Spread.of([]) == Spread(0, None, None, None)
