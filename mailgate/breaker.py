"""A circuit breaker: after several failures in a short time, say no at once and let only a probe through."""

from collections import deque
from collections.abc import Callable


class Breaker:
    """Opens on `failures` failures within `window` seconds; a success closes it. Safe to use from any thread."""

    def __init__(self, failures: int, window: float, clock: Callable[[], float]) -> None:
        self._limit = failures
        self._window = window
        self._clock = clock
        self._recent: deque[float] = deque(maxlen=failures)
        self._is_open = False

    @property
    def is_open(self) -> bool:
        return self._is_open

    def failed(self) -> None:
        self._recent.append(self._clock())
        if len(self._recent) == self._limit and self._recent[0] > self._clock() - self._window:
            self._is_open = True

    def succeeded(self) -> None:
        self._recent.clear()
        self._is_open = False

    def trip(self) -> None:
        """Opens at once: there is a reason not to wait for failures."""
        self._is_open = True
