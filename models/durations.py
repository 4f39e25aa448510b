"""How a set of durations is spread: what a report says of them. Pure."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Run:
    """Durations that rise, and their sum."""

    values: Sequence[int]
    total: int

    @classmethod
    def of(cls, durations: Iterable[int]) -> "Run":
        """Packed: four octets each. They are below 2³¹."""
        ranked = sorted(durations)
        return cls(array("i", ranked), sum(ranked))


@dataclass(frozen=True)
class Spread:
    """Whole seconds; None where there is nothing to be spread."""

    count: int
    average: int | None
    median: int | None
    p90: int | None

    @classmethod
    def of(cls, seconds: Sequence[int]) -> "Spread":
        return cls.together([Run.of(seconds)])

    @classmethod
    def together(cls, runs: Iterable[Run]) -> "Spread":
        """Of all runs, which are not put together for it: a long one and a short one cost no more than the short one."""
        known = [run for run in runs if run.values]
        if not known:
            return cls(0, None, None, None)
        count, ranked = sum(len(run.values) for run in known), [run.values for run in known]
        average = round(sum(run.total for run in known) / count)
        return cls(count, average, percentile(ranked, 0.5), percentile(ranked, 0.9))


def percentile(runs: Sequence[Sequence[int]], share: float) -> int:
    """Between the two neighbours, as Postgres's `percentile_cont` does it; no run is empty, and each rises."""
    place = share * (sum(map(len, runs)) - 1)
    lower = int(place)
    value = value_at(runs, lower)
    return round(value + (value_after(runs, value, lower) - value) * (place - lower))


def value_at(runs: Sequence[Sequence[int]], place: int) -> int:
    """The value at that place, counted from 0, of all runs together."""
    if len(runs) == 1:
        return runs[0][place]
    lowest, highest = min(run[0] for run in runs), max(run[-1] for run in runs)
    return lowest + bisect_left(range(lowest, highest), place + 1, key=partial(up_to, runs))


def value_after(runs: Sequence[Sequence[int]], value: int, place: int) -> int:
    """The value at the next place, where `value` is the one at `place`; at the last place that value itself."""
    if up_to(runs, value) > place + 1:
        return value
    return min((run[at] for run in runs if (at := bisect_right(run, value)) < len(run)), default=value)


def up_to(runs: Sequence[Sequence[int]], value: int) -> int:
    """How many are not above `value`."""
    return sum(bisect_right(run, value) for run in runs)
