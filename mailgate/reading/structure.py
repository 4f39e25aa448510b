"""The tree of parts of a mail, cut from its bytes without recursion into libraries and within caps.

Our own because the caps must hold before any MIME library sees the bytes, and because the libraries lose
what we must keep (a nested mail's parts, a part without a name, an unterminated multipart).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailgate.reading import caps
from mailgate.reading.ambiguity import HIDDEN, MOST_LOOKED_AT, TWO_BOUNDARIES, hides_parts, names_two_boundaries
from mailgate.reading.charset_names import codec_for
from mailgate.reading.headers import Headers, split_mail
from mailgate.reading.parameters import parse_value

_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\Z")
_GUESS = re.compile(
    rb"(?:\A|\n)--([^\s-][^\r\n]{0,199}?|-[^\r\n]{1,199}?)[ \t]*\r?\n(?=Content-|\r?\n)", re.I
)


@dataclass(slots=True)
class Part:
    """One MIME part: its headers, its still encoded body, its children, its place ('1', '1.2', …)."""

    headers: Headers
    body: bytes
    path: str
    content_type: str = "text/plain"
    params: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    disposition_params: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)
    declared: bool = True

    @property
    def main_type(self) -> str:
        return self.content_type.partition("/")[0]

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in the order of the mail."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


@dataclass(slots=True)
class Structure:
    """The whole mail: its root part and what the caps or the damage made us leave out."""

    root: Part
    remarks: list[str] = field(default_factory=list)

    def charset_hint(self) -> str:
        """The charset a raw 8-bit header is most likely in: that of a text part, a western label last."""
        named = [
            part.params["charset"]
            for part in self.root.walk()
            if part.main_type == "text" and part.params.get("charset")
        ]
        telling = [charset for charset in named if codec_for(charset) not in ("", "cp1252", "utf-8")]
        return (telling or named or [""])[0]

    def remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def read_structure(raw: bytes) -> Structure:
    """Cut `raw` into its parts: at most caps.PARTS of them, caps.DEPTH deep."""
    if b"\n" not in raw[:4096] and b"\r" in raw[:4096]:
        raw = raw.replace(b"\r", b"\n")
    structure = Structure(_part(raw, "", "text/plain"))
    waiting = [(structure.root, 1)]
    count = 1
    while waiting:
        part, depth = waiting.pop(0)
        if part.headers.shortened:
            structure.remark(caps.SHORTENED.format(what="very long headers"))
        if part.main_type != "multipart":
            continue
        if names_two_boundaries(part.headers.raw("content-type")):
            structure.remark(TWO_BOUNDARIES)
        if depth > caps.DEPTH:
            structure.remark(caps.SHORTENED.format(what="parts nested too deeply"))
            continue
        bodies = _cut(part.body, _boundary(part), caps.PARTS - count + 1, structure)
        inner = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for number, body in enumerate(bodies, 1):
            if count >= caps.PARTS:
                structure.remark(caps.SHORTENED.format(what=f"more than {caps.PARTS} parts"))
                break
            count += 1
            child = _part(body, f"{part.path}.{number}" if part.path else str(number), inner)
            part.children.append(child)
            waiting.append((child, depth + 1))
    return structure


def _part(data: bytes, path: str, default: str) -> Part:
    headers, start = split_mail(data) if path == "" else _part_headers(data)
    part = Part(headers, data[start:], path)
    main, part.params = parse_value(headers.raw("content-type"))
    main = main.replace(" ", "")
    part.declared = bool(_TYPE.match(main))
    part.content_type = main if part.declared else default
    if main.startswith("multipart") and "boundary" in part.params and not part.declared:
        part.content_type = "multipart/mixed"
    part.disposition, part.disposition_params = parse_value(headers.raw("content-disposition"))
    return part


def _part_headers(data: bytes) -> tuple[Headers, int]:
    """A part may have no headers at all: then it starts with an empty line."""
    if data[:1] == b"\n" or data[:2] == b"\r\n":
        return Headers(), data.index(b"\n") + 1
    return split_mail(data)


def _boundary(part: Part) -> bytes:
    return part.params.get("boundary", "").encode("utf-8", "surrogateescape")[: caps.BOUNDARY].rstrip()


def _cut(body: bytes, boundary: bytes, most: int, structure: Structure) -> list[bytes]:
    """The bodies between the boundary lines; a boundary that never comes is guessed from the first
    '--' line.
    """
    pieces, outside = _between(body, boundary, most) if boundary else ([], b"")
    if not pieces:
        guess = _GUESS.search(body[:64_000])
        if guess:
            pieces, outside = _between(body, guess[1], most)
            structure.remark("The mail names no valid boundary between its parts; it was guessed.")
    if not pieces:
        structure.remark("The mail says it has several parts, but they cannot be told apart.")
        return [b"\n" + body] if body.strip() else []
    if hides_parts(outside):
        structure.remark(HIDDEN)
    return pieces


def _between(body: bytes, boundary: bytes, most: int) -> tuple[list[bytes], bytes]:
    """The pieces between the boundary lines, and the beginnings of what stands before and behind them."""
    preamble = b""
    mark = b"--" + boundary
    pieces: list[bytes] = []
    start = -1
    place = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1 or -1
    while place >= 0:
        after = place + len(mark)
        end = body.find(b"\n", after)
        rest = body[after : end if end >= 0 else len(body)].strip()
        if rest in (b"", b"--"):
            if start >= 0:
                pieces.append(_without_line_end(body[start:place]))
            else:
                preamble = body[: min(place, MOST_LOOKED_AT)]
            start = end + 1 if end >= 0 else len(body)
            if rest == b"--" or len(pieces) > most:
                return pieces, preamble + b"\n" + (body[start : start + MOST_LOOKED_AT] if rest == b"--" else b"")
        following = body.find(b"\n" + mark, max(after - 1, 0))
        place = following + 1 if following >= 0 else -1
    if start >= 0 and start < len(body):
        pieces.append(body[start:])
    return pieces, preamble


def _without_line_end(piece: bytes) -> bytes:
    """The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1)."""
    if piece.endswith(b"\r\n"):
        return piece[:-2]
    return piece[:-1] if piece.endswith(b"\n") else piece
