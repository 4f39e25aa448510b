"""How a set of durations is spread: what a report says of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Whole seconds; None where there is nothing to be spread."""

    count: int
    average: int | None
    median: int | None
    p90: int | None

    @classmethod
    def of(cls, seconds: Sequence[int]) -> "Spread":
        if not seconds:
            return cls(0, None, None, None)
        ranked = sorted(seconds)
        return cls(len(ranked), round(sum(ranked) / len(ranked)), percentile(ranked, 0.5), percentile(ranked, 0.9))


def percentile(ranked: Sequence[int], share: float) -> int:
    """Between the two neighbours, as Postgres's `percentile_cont` does it; `ranked` rises and is not empty."""
    place = share * (len(ranked) - 1)
    lower = int(place)
    upper = min(lower + 1, len(ranked) - 1)
    return round(ranked[lower] + (ranked[upper] - ranked[lower]) * (place - lower))
