"""The mail as a signature covers it: headers and body byte for byte, with CRLF line ends (RFC 6376 section 3.4)."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from mailgate.inbound import Inbound
from mailgate.reading import caps

MOST_LINES = 1_000_000  # of a body whose hash is taken

_FIELD = re.compile(rb"([!-9;-~]+):")
_END = re.compile(rb"\r?\n\r?\n")
_BLANKS = re.compile(rb"[\t ]+")


class TwoReadings(Exception):
    """What would be verified is not what is shown: the mail's headers can be read in two ways, or are too many."""


@dataclass(frozen=True)
class WireForm:
    """`fields` are (name, value with its folds and its final CRLF), in order."""

    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes = field(repr=False)

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key.lower() == name]

    def has(self, name: bytes) -> bool:
        return bool(self.values(name))

    @cached_property
    def relaxed_body(self) -> bytes:
        """The body with its blanks as "relaxed" wants them, made in linear time whatever they are."""
        return _BLANKS.sub(b" ", self.body).replace(b" \r\n", b"\r\n")


def wire_form(raw: bytes, shown: Inbound) -> WireForm:
    """The mail's wire form, once it is certain that it is the mail that is shown. Raises `TwoReadings`."""
    end = _END.search(raw, 0, caps.HEADER_BLOCK + 4)
    head, rest = (raw[: end.start()], raw[end.end() :]) if end else (raw[: caps.HEADER_BLOCK + 4], b"")
    if len(head) > caps.HEADER_BLOCK:
        raise TwoReadings("its headers are too long")
    fields = tuple(fields_of(head))
    names = [name.decode("ascii").lower() for name, _ in fields]
    if names != [name.lower() for name, _ in shown.headers]:
        raise TwoReadings("its headers can be read in more than one way")
    if rest.count(b"\n") > MOST_LINES:
        raise TwoReadings("it has too many lines")
    return WireForm(fields, re.sub(rb"\r?\n", b"\r\n", rest))


def fields_of(head: bytes) -> list[tuple[bytes, bytes]]:
    """The header fields, strictly (RFC 5322 section 2.2). Raises `TwoReadings` on a line that is none."""
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in re.split(rb"\r?\n", head):
        if line[:1] in (b" ", b"\t") and fields and line.strip():
            fields[-1][1].append(line)
        elif match := _FIELD.match(line):
            fields.append((match[1], [line[match.end() :]]))
        else:
            raise TwoReadings("a line among its headers is no header")
    return [(name, b"\r\n".join(lines) + b"\r\n") for name, lines in fields]
