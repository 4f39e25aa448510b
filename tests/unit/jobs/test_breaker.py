"""The breaker rests after a failure, longer each time, and forgets when all is well."""

from jobs.breaker import Breaker


def test_a_breaker_rests_longer_after_each_failure_and_is_well_after_a_success() -> None:
    now = 0.0
    breaker = Breaker(first=5, longest=60, clock=lambda: now)
    assert not breaker.is_resting
    rests = []
    for _ in range(6):
        breaker.failed()
        rests.append(breaker.rests_until - now)
        assert breaker.is_resting
        now = breaker.rests_until
        assert not breaker.is_resting, "somebody may try again"
    assert rests == [5, 10, 20, 40, 60, 60]
    breaker.failed()
    breaker.succeeded()
    assert not breaker.is_resting
