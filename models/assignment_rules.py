"""Whom a waiting ticket goes to: least load first, below capacity, ties to whoever was given one longest ago. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """An agent at work. `load` is the number of active tickets he has; `last_assigned_at` None: never had one."""

    agent_id: int
    load: int
    capacity: int
    last_assigned_at: datetime | None = None

    @property
    def has_room(self) -> bool:
        return self.load < self.capacity


def least_busy(candidates: Sequence[Candidate]) -> Candidate | None:
    """The candidate a ticket goes to, None when nobody has room."""
    with_room = [each for each in candidates if each.has_room]
    return min(with_room, key=lambda each: (each.load, each.last_assigned_at or LONG_AGO, each.agent_id), default=None)
