"""A text as lines with their places, seen with and without quote marks."""

import re
from dataclasses import dataclass

_QUOTED = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LONG = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `text[start:end]` without its line end; `plain` is it without quote marks and odd blanks."""

    start: int
    end: int
    plain: str
    depth: int

    @property
    def blank(self) -> bool:
        return not self.plain

    @property
    def quoted(self) -> bool:
        return self.depth > 0


def read_lines(text: str) -> list[Line]:
    """Cut `text` at its line ends."""
    lines = []
    start = 0
    for raw in text.split("\n"):
        end = start + len(raw)
        seen = _UNSEEN.sub("", raw[:_LONG].replace("\u00a0", " ").replace("\u3000", " "))
        mark = _QUOTED.match(seen)
        plain = seen[mark.end() :] if mark else seen
        lines.append(Line(start, end, plain.strip(), mark[0].count(">") if mark else 0))
        start = end + 1
    return lines
