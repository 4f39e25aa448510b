"""Two machines that write to each other: how one tells (mail-safety 2.9, ping-pong). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(minutes=10)
MAILS = 3
ALIKE = 0.9
AT_ONCE = timedelta(seconds=20)
REST = timedelta(hours=24)

WORD = re.compile(r"\w+")
MOST_TEXT = 20_000


@dataclass(frozen=True)
class Heard:
    """A mail of one participant, and when our last mail to him before it went out."""

    text: str
    at: datetime
    after_ours: datetime | None = None


def is_ping_pong(heard: Sequence[Heard]) -> bool:
    """Whether the last three of these, oldest first, say the same, or each came at once after a mail of ours."""
    last = heard[-MAILS:]
    if len(last) < MAILS or last[-1].at - last[0].at > WITHIN:
        return False
    return say_the_same(last) or all(came_at_once(each) for each in last)


def say_the_same(heard: Sequence[Heard]) -> bool:
    sets = [frozenset(WORD.findall(each.text[:MOST_TEXT].lower())) for each in heard]
    return all(likeness(one, other) >= ALIKE for one, other in zip(sets, sets[1:], strict=False))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's: shared words of all words. Mails without words are not alike: three photographs are no loop."""
    return len(one & other) / len(one | other) if one | other else 0.0


def came_at_once(heard: Heard) -> bool:
    """Nobody reads and answers within 20 seconds."""
    return heard.after_ours is not None and timedelta() <= heard.at - heard.after_ours <= AT_ONCE
