"""The breaker opens on failures close together, and on nothing else."""

from mailgate.breaker import Breaker
from tests.unit.mailgate.test_limits import Clock


def test_it_opens_on_enough_failures_in_the_window() -> None:
    breaker = Breaker(failures=3, window=10, clock=Clock())
    breaker.failed()
    breaker.failed()
    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open


def test_failures_far_apart_do_not_open_it() -> None:
    clock = Clock()
    breaker = Breaker(failures=3, window=10, clock=clock)
    for _ in range(10):
        breaker.failed()
        clock.now += 6
    assert not breaker.is_open


def test_a_success_closes_it_and_the_count_begins_anew() -> None:
    breaker = Breaker(failures=2, window=10, clock=Clock())
    breaker.failed()
    breaker.failed()
    breaker.succeeded()
    assert not breaker.is_open
    breaker.failed()
    assert not breaker.is_open


def test_it_may_be_opened_at_once() -> None:
    breaker = Breaker(failures=2, window=10, clock=Clock())
    breaker.trip()
    assert breaker.is_open
