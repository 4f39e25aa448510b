"""Where old mail lies: an mbox, a Maildir, a folder of .eml files. Each mail can be found again and read by itself."""

import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mailgate.handed_over import written_at
from models.errors import Invalid

HEAD = 64 * 1024  # octets in which the headers that matter are looked for
_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one mail lies: a file, and in an mbox from which octet to which."""

    file: Path
    at: datetime
    start: int = 0
    stop: int = -1  # -1: to the end of the file


def places(path: Path) -> list[Place]:
    """Every mail under `path`, in the order of their dates: an answer comes after what it answers. Raises `Invalid`."""
    if not path.exists():
        raise Invalid("path", f"there is nothing at {path}")
    return sorted(found_in(path), key=lambda place: (place.at, str(place.file), place.start))


def found_in(path: Path) -> Iterator[Place]:
    if path.is_file():
        yield from in_file(path)
    else:
        for file in sorted(each for each in path.rglob("*") if each.is_file()):
            if file.parent.name in ("cur", "new") or file.suffix.lower() in (".eml", ".mbox", ".mbx"):
                yield from in_file(file)


def in_file(file: Path) -> Iterator[Place]:
    """The mails of one file: many where it is an mbox, else one."""
    with open(file, "rb") as source:
        opening = source.read(HEAD)
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    if opening.startswith(b"From "):
        yield from in_mbox(file, changed)
    elif opening.strip():
        yield Place(file, written_at(opening, changed))


def in_mbox(file: Path, changed: datetime) -> Iterator[Place]:
    """RFC 4155. The library finds where each mail begins and ends."""
    box = mailbox.mbox(str(file), create=False)
    try:
        for key in box.keys():
            start, stop = box._toc[key]  # type: ignore[attr-defined]  # the offsets it has found; it offers no other way
            with open(file, "rb") as source:
                source.seek(start)
                opening = source.read(min(HEAD, stop - start))
            envelope_line, _, rest = opening.partition(b"\n")
            yield Place(file, written_at(rest, changed), start + len(envelope_line) + 1, stop)
    finally:
        box.close()


def read(place: Place) -> bytes:
    """The mail as it went over the wire: CRLF at the end of lines, and no '>' that an mbox put before 'From '."""
    with open(place.file, "rb") as source:
        source.seek(place.start)
        raw = source.read() if place.stop < 0 else source.read(place.stop - place.start)
    if place.stop >= 0:
        raw = _QUOTED_FROM.sub(rb"\1", raw)
        raw = raw.removesuffix(b"\n\n") + b"\n" if raw.endswith(b"\n\n") else raw
    return _BARE_LINE_END.sub(b"\r\n", raw)
