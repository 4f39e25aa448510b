"""RFC 2047 encoded-words, with the repairs real senders make necessary; linear in the length."""

import base64
import binascii
import re

from mailgate.reading.charsets import decode

_START = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def decode_words(value: str) -> str:
    """Return `value` with its encoded-words decoded.

    White space between neighbouring words goes away (RFC 2047 §6.2); neighbours of one charset are joined
    as bytes first, because many senders split a character between two words.
    """
    if "=?" not in value:
        return value
    pieces: list[str] = []
    run: list[bytes] = []
    run_charset = ""
    place = 0

    def flush() -> None:
        if run:
            pieces.append(decode(b"".join(run), run_charset))
            run.clear()

    while match := _START.search(value, place):
        end = _end_of_word(value, match)
        between = value[place : match.start()]
        charset = match[1].split("*", 1)[0]
        if between.strip() or not run:
            flush()
            pieces.append(between)
        elif charset.lower() != run_charset.lower():
            flush()
        run_charset = charset
        run.append(_bytes_of(match[2], value[match.end() : end]))
        place = min(len(value), end + 2)
    flush()
    pieces.append(value[place:])
    return "".join(pieces)


def _end_of_word(value: str, match: re.Match[str]) -> int:
    """The index of the closing '?='; a word that never closes ends at white space or with the value."""
    end = value.find("?=", match.end())
    if match[2] in "qQ":
        # a raw question mark before an escape ('?=E4') is not the end
        while end >= 0 and re.match(r"\?=[0-9A-F]{2}[^\s?]{0,75}\?=", value[end : end + 90]):
            end = value.find("?=", end + 2)
    following = _START.search(value, match.end())
    if following and (end < 0 or following.start() < end):
        end = following.start()
        while end > match.end() and value[end - 1].isspace():
            end -= 1
        return end - 2 if value[end - 2 : end] == "?=" else end
    return end if end >= 0 else len(value)


def _bytes_of(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return _HEX.sub(lambda hexed: bytes((int(hexed[1], 16),)), data.replace(b"_", b" "))
    data = _BASE64.sub(b"", data)
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return base64.b64decode(data[:-1] + b"=" * (-len(data[:-1]) % 4))
