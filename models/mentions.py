"""Who is named in a text by '@': pure, so that a typed name, a chosen one and a script's are read alike."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Nameable:
    """Somebody who can be named: '@ada', or '@Ada Lind'."""

    id: int
    username: str
    full_name: str


def named_in(text: str, people: Iterable[Nameable]) -> list[int]:
    """The ids of whoever is named, in the order of `people`. The longest name at a place counts: '@Ada Lind' is no '@Ada'."""
    by_name: dict[str, int] = {}
    for each in people:
        for name in (each.full_name, each.username):
            if name.strip():
                by_name.setdefault(" ".join(name.split()).casefold(), each.id)
    found = set()
    names = sorted(by_name, key=len, reverse=True)
    plain = re.sub(r"\s+", " ", text).casefold()
    for at in re.finditer(r"(?<![\w@.])@", plain):
        rest = plain[at.end() :]
        for name in names:
            if rest.startswith(name) and not re.match(r"\w|[.@-]\w", rest[len(name) :]):
                found.add(by_name[name])
                break
    return [each_id for each_id in dict.fromkeys(by_name.values()) if each_id in found]
