"""The backoff rests after a failure, longer each time, and forgets when all is well."""

from jobs.backoff import Backoff


def test_a_backoff_rests_longer_after_each_failure_and_is_well_after_a_success() -> None:
    now = 0.0
    backoff = Backoff(first=5, longest=60, clock=lambda: now)
    assert not backoff.is_resting
    rests = []
    for _ in range(6):
        backoff.failed()
        rests.append(backoff.rests_until - now)
        assert backoff.is_resting
        now = backoff.rests_until
        assert not backoff.is_resting, "somebody may try again"
    assert rests == [5, 10, 20, 40, 60, 60]
    backoff.failed()
    backoff.succeeded()
    assert not backoff.is_resting
