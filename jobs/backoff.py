"""Leaves a neighbour that failed alone for a while, longer each time, instead of waiting for it again."""

import time
from collections.abc import Callable


class Backoff:
    """Rests `first` seconds after a failure, twice as long after the next, at most `longest`.

    Safe from any thread and after a fork: it holds no lock, and two callers that probe at once do no harm.
    """

    def __init__(self, first: float, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.first = first
        self.longest = longest
        self.clock = clock
        self.pause = 0.0
        self.rests_until = float("-inf")

    @property
    def is_resting(self) -> bool:
        return self.clock() < self.rests_until

    def failed(self) -> None:
        self.pause = min(max(self.first, self.pause * 2), self.longest)
        self.rests_until = self.clock() + self.pause

    def succeeded(self) -> None:
        self.pause = 0.0
        self.rests_until = float("-inf")
