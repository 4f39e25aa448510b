"""What of a long conversation is not shown yet: ranges of messages, as the reader's page says them in its addresses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

FOLDED_FROM = 15  # a conversation with fewer messages is shown whole
TAIL = 11  # newest messages shown at first; the oldest one is as well
AROUND = 3  # messages on either side of one that a link leads to
PAGE = 25  # messages that one click adds
MOST_GAPS = 20

Range = tuple[int, int]  # ids of the first and the last message that are not shown

WRITTEN = re.compile(r"(\d{1,18})-(\d{1,18})")


@dataclass(frozen=True)
class Gap:
    """Messages that are not shown. `before`, `behind` are the gaps that remain when a page more is shown at its end or
    its beginning, `none` when all of it is: what an address says behind `?gaps=`.
    """

    number: int
    after: int  # id of the message above
    page: int
    before: str
    behind: str
    none: str


def read_gaps(written: str) -> list[Range]:
    """What `write_gaps` wrote; whatever else somebody may have typed hides nothing."""
    found = [WRITTEN.fullmatch(part) for part in written.split(",")[:MOST_GAPS]]
    return [(int(each[1]), int(each[2])) for each in found if each is not None]


def write_gaps(gaps: Sequence[Range]) -> str:
    return ",".join(f"{first}-{last}" for first, last in gaps)


def hidden_at_first(ids: Sequence[int], wanted: int | None = None) -> list[Range]:
    """The middle of a long conversation, but for what stands around the message `wanted` by a link."""
    if len(ids) < FOLDED_FROM:
        return []
    middle = range(1, len(ids) - TAIL)
    if wanted in ids:
        place = ids.index(wanted)  # type: ignore[arg-type]
        near = range(place - AROUND, place + AROUND + 1)
    else:
        near = range(0)
    return ranges([ids[index] for index in middle if index not in near], ids)


def hidden_in(ids: Sequence[int], gaps: Sequence[Range]) -> list[Range]:
    """Those of the ranges that hide something; never the first or the newest message."""
    hidden = [one for one in ids[1:-1] if any(first <= one <= last for first, last in gaps)]
    return ranges(hidden, ids)


def ranges(hidden: Sequence[int], ids: Sequence[int]) -> list[Range]:
    """Neighbours among `ids` that are both hidden belong to one range."""
    away, goes_on = set(hidden), False
    found: list[Range] = []
    for one in ids:
        if one in away:
            found = [*found[:-1], (found[-1][0], one)] if goes_on else [*found, (one, one)]
        goes_on = one in away
    return found


def shown_of(ids: Sequence[int], gaps: Sequence[Range]) -> list[int]:
    return [one for one in ids if not any(first <= one <= last for first, last in gaps)]


def gaps_between(ids: Sequence[int], hidden: Sequence[Range]) -> list[Gap]:
    """Each range as the page shows it; `hidden` as `hidden_at_first` or `hidden_in` gave it."""
    return [gap_of(ids, hidden, one) for one in hidden]


def gap_of(ids: Sequence[int], hidden: Sequence[Range], this: Range) -> Gap:
    first, last = ids.index(this[0]), ids.index(this[1])
    inside = ids[first : last + 1]

    def left(rest: Sequence[int]) -> str:
        kept = [one for one in hidden if one != this] + ([(rest[0], rest[-1])] if rest else [])
        return write_gaps(sorted(kept))

    return Gap(len(inside), ids[first - 1], min(PAGE, len(inside)), left(inside[:-PAGE]), left(inside[PAGE:]), left([]))
