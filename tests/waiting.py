"""Waiting for what is to happen: until it has, and long enough for a machine that is busy with other things."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 60.0
"""Seconds after which a test gives up. Nobody waits so long but for what never comes, so it is not spared with."""

LOOK_AGAIN = 0.02

Found = TypeVar("Found")


def wait_until(
    happened: Callable[[], Found],
    seconds: float = PATIENCE,
    told: str | Callable[[], str] = "it did not come about",
    passing: tuple[type[BaseException], ...] = (),
) -> Found:
    """What `happened()` answers, once that is true.

    Fails with what is `told` when it does not come about. Errors that are `passing` only mean: not yet.
    """
    ends = time.monotonic() + seconds
    while True:
        try:
            if found := happened():
                return found
        except passing:
            pass
        assert time.monotonic() < ends, told() if callable(told) else told
        time.sleep(LOOK_AGAIN)
