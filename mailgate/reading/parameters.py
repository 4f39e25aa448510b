"""Content-Type and Content-Disposition values with their parameters (RFC 2045, 2231), and the usual damage.

One pass over the value, so that a header of semicolons or quotes costs no more than its length.
"""

import re
from urllib.parse import unquote_to_bytes

from mailgate.reading.charsets import decode
from mailgate.reading.encoded_words import decode_words

_NAME = re.compile(r"[\s;,]*([^\s=;\"]{1,80}?)\s*=\s*")
_NEXT = re.compile(r"\s*(?:;|\Z)|\s+[\w*.-]{1,40}=")
_GLUED = re.compile(r"\s+(?=[\w*-]{1,40}=)")
_PIECE = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?\Z")


def parse_value(raw: bytes, hint: str = "") -> tuple[str, dict[str, str]]:
    """Return the lower-case main value and the decoded parameters by lower-case name (first one wins)."""
    text = decode(raw, hint=hint)
    main, _, rest = text.partition(";")
    main = main.strip().strip("\"'")
    if "=" in main and "/" not in main:  # the main value is missing: only parameters are there
        main, rest = "", text
    elif "=" in main and len(words := main.split(None, 1)) == 2:  # 'text/plain charset=utf-8'
        main, rest = words[0], words[1] + ";" + rest
    return main.strip().lower(), _joined(_pairs(rest), hint)


def _pairs(rest: str) -> list[tuple[str, str]]:
    pairs = []
    place = 0
    while place < len(rest):
        match = _NAME.match(rest, place)
        if not match:
            place = rest.find(";", place) + 1 or len(rest)
            continue
        value, place = _value(rest, match.end())
        pairs.append((match[1].lower(), value))
    return pairs


def _value(rest: str, place: int) -> tuple[str, int]:
    if rest[place : place + 1] != '"':
        end = rest.find(";", place)
        end = len(rest) if end < 0 else end
        value = rest[place:end]
        if glued := _GLUED.search(value):  # a missing semicolon
            end = place + glued.start()
            value = rest[place:end]
        return value.strip(), end
    letters = []
    place += 1
    while place < len(rest):
        letter = rest[place]
        if letter == "\\" and rest[place + 1 : place + 2] in ('"', "\\"):
            letters.append(rest[place + 1])
            place += 2
            continue
        if letter == '"' and _NEXT.match(rest, place + 1):
            return "".join(letters), place + 1
        letters.append(letter)
        place += 1
    return "".join(letters), place


def _joined(pairs: list[tuple[str, str]], hint: str) -> dict[str, str]:
    """Put RFC 2231 pieces together; 'name*' beats 'name' (RFC 6266 §4.3, H-042)."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for name, value in pairs:
        match = _PIECE.match(name)
        if match and (match[2] is not None or match[3]):
            pieces.setdefault(match[1], {}).setdefault(int(match[2] or 0), (bool(match[3]), value))
        else:
            plain.setdefault(name, decode_words(value))
    for name, numbered in pieces.items():
        plain[name] = _unfolded(numbered, hint)
    return plain


def _unfolded(numbered: dict[int, tuple[bool, str]], hint: str) -> str:
    charset = ""
    data = b""
    for index, number in enumerate(sorted(numbered)):
        extended, value = numbered[number]
        if extended:
            if index == 0 and value.count("'") >= 2:
                charset, _, value = value.split("'", 2)
            data += unquote_to_bytes(value)
        else:
            data += value.encode("utf-8", "surrogateescape")
    return decode_words(decode(data, charset, hint))
