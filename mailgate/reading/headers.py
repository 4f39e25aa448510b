"""The header block of a part: found, capped, unfolded and decoded; order and duplicates are kept."""

import re
from dataclasses import dataclass, field

from mailgate.reading import caps
from mailgate.reading.charsets import decode
from mailgate.reading.encoded_words import decode_words
from models.text import clean_text

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_ENVELOPE_LINE = re.compile(rb">?From \S+.*\d\d:\d\d|>?From ")
_SPACE = re.compile(r"\s+")


@dataclass(slots=True)
class Headers:
    """Raw header fields `(lower-case name, value bytes without line ends)` and what was odd about them."""

    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    names: list[bytes] = field(default_factory=list)
    shortened: bool = False
    oddities: list[str] = field(default_factory=list)

    def raw(self, name: str) -> bytes:
        """The first value of `name`, or b''."""
        wanted = name.encode()
        return next((value for key, value in self.fields if key == wanted), b"")

    def all_raw(self, name: str) -> list[bytes]:
        """All values of `name`, in order."""
        wanted = name.encode()
        return [value for key, value in self.fields if key == wanted]

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        wanted = name.encode()
        return any(key == wanted for key, _ in self.fields)

    def text(self, name: str, hint: str = "") -> str:
        """The first value of `name` decoded for reading: one line, no controls; '' when there is none."""
        return words(self.raw(name), hint)

    def all_text(self, name: str, hint: str = "") -> list[str]:
        """All values of `name`, decoded for reading."""
        return [words(value, hint) for value in self.all_raw(name)]


def words(value: bytes, hint: str = "") -> str:
    """Decode an unstructured header value: raw bytes, encoded-words, white space, controls."""
    text = decode_words(decode(value, hint=hint))
    return clean_text(_SPACE.sub(" ", text.replace("\x00", "")).strip(), caps.HEADER)


def split_mail(data: bytes) -> tuple[Headers, int]:
    """Read the headers at the start of `data`; return them and the offset where the body begins.

    Junk before the first field (blank lines, an mbox 'From ' line, a byte-order mark) is skipped; a line
    that is no field is taken as a continuation when fields follow, else as the start of the body.
    """
    place = _skip_junk(data)
    headers = Headers()
    if place:
        headers.oddities.append("something stands before them")
    lines: list[bytes] = []
    stop = min(len(data), place + caps.HEADER_BLOCK)
    while place < stop:
        end = data.find(b"\n", place, stop)
        following = end + 1 if end >= 0 else stop
        line = data[place : end if end >= 0 else stop].rstrip(b"\r")
        if not line.strip(b" \t\r"):
            if line and _fields_follow(data, following):  # white space only: part of a fold
                place = following
                continue
            return _finish(headers, lines), following
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
        elif _FIELD.match(line):
            _flush(headers, lines)
            lines = [line]
        elif _fields_follow(data, following) or _well_known_follows(data, following):
            headers.oddities.append("a line without a colon stands among the headers")
            if lines and not _ENVELOPE_LINE.match(line):
                lines.append(b" " + line)
        else:
            headers.oddities.append("the headers end without an empty line")
            return _finish(headers, lines), place
        place = following
    if place >= caps.HEADER_BLOCK:
        headers.shortened = True
        return _finish(headers, lines), _after_block(data, place)
    return _finish(headers, lines), place


def _skip_junk(data: bytes) -> int:
    place = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    for _ in range(50):
        end = data.find(b"\n", place, place + 2_000)
        if end < 0:
            break
        line = data[place:end].strip()
        if line and _FIELD.match(line) and not _ENVELOPE_LINE.match(line):
            break
        if line and not _ENVELOPE_LINE.match(line) and not _fields_follow(data, end + 1):
            break
        place = end + 1
    return place


def _fields_follow(data: bytes, place: int) -> bool:
    """Whether the next line, or the one after it, is a header field."""
    for _ in range(2):
        end = data.find(b"\n", place, place + 2_000)
        line = data[place:end] if end >= 0 else data[place : place + 2_000]
        if not line.strip():
            return False
        match = _FIELD.match(line)
        if match and (b"-" in match[1] or match[1].lower() in _COMMON):
            return True
        place = end + 1 if end >= 0 else len(data)
    return False


_COMMON = frozenset((b"from", b"to", b"cc", b"subject", b"date", b"received", b"sender", b"precedence"))
_WELL_KNOWN = re.compile(
    rb"^(?:received|message-id|mime-version|content-type|content-transfer-encoding|return-path|reply-to"
    rb"|in-reply-to|references|delivered-to|dkim-signature|from|to|subject|date)[ \t]*:",
    re.I | re.M,
)
_LOOK_AHEAD = 8_000


def _well_known_follows(data: bytes, place: int) -> bool:
    """Whether a header every mail has still comes before the next empty line: what stands here is damage."""
    ahead = data[place : place + _LOOK_AHEAD]
    ends = [end for mark in (b"\n\n", b"\n\r\n") if (end := ahead.find(mark)) >= 0]
    found = _WELL_KNOWN.search(ahead, 0, min(ends) if ends else len(ahead))
    return found is not None and bool(ends)


def _after_block(data: bytes, place: int) -> int:
    for mark in (b"\r\n\r\n", b"\n\n"):
        end = data.find(mark, place)
        if end >= 0:
            return end + len(mark)
    return len(data)


def _flush(headers: Headers, lines: list[bytes]) -> None:
    if not lines:
        return
    match = _FIELD.match(lines[0])
    if match is None:
        return
    name = match[1].lower()
    if len(headers.fields) >= caps.HEADERS:
        headers.shortened = True
        return
    if (
        name == b"received"
        and sum(key == name for key, _ in headers.fields[-caps.RECEIVED :]) >= caps.RECEIVED
    ):
        headers.shortened = True
        return
    limit = caps.STRUCTURED_HEADER if name in caps.STRUCTURED else caps.HEADER
    value = b"".join([lines[0][match.end() :], *lines[1:]]).strip()
    if len(value) > limit:
        headers.shortened = True
        value = value[:limit]
    headers.names.append(match[1])
    headers.fields.append((name, value))


def _finish(headers: Headers, lines: list[bytes]) -> Headers:
    _flush(headers, lines)
    return headers
