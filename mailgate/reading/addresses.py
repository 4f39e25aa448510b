"""Address headers, twice: leniently for showing and answering, strictly for what may be believed.

The lenient reader finds the mailboxes a person would see; the strict one says why a From header must not
be taken as proof of anything (mail-safety §2.3, H-047, H-048).
"""

import re
from functools import lru_cache

from mailgate.inbound import Address
from mailgate.reading import caps
from mailgate.reading.charsets import decode
from mailgate.reading.encoded_words import decode_words
from models.text import clean_text

_ADDR = re.compile(r"[^\s<>\"(),;:@\\\[\]]+@(?:[^\s<>\"(),;:@\\\[\]]+|\[[^\]\s]*\])")
_QUOTED_LOCAL = re.compile(r'"[^"\\]{1,64}"@[^\s<>"(),;:@\\]+\Z')
_ENCODED = re.compile(r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?\s]*\?=")
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


@lru_cache(maxsize=32)  # From is asked for a dozen times while one mail is read
def read_addresses(raw: bytes, hint: str = "") -> tuple[Address, ...]:
    """Return the mailboxes of an address header, groups opened, comments taken as names where none is
    given.
    """
    text = clean_text(decode(raw, hint=hint), caps.HEADER)
    found = []
    for piece in _split(text)[: caps.ADDRESSES]:
        if address := _mailbox(piece):
            found.append(address)
    return tuple(found)


def _split(text: str) -> list[str]:
    """Cut at the commas (and semicolons) that stand outside quotes, comments and angle brackets."""
    pieces: list[str] = []
    start = depth = 0
    quoted = angled = False
    place = 0
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 2
            continue
        if letter == "=" and (word := _ENCODED.match(text, place)):
            place = word.end()
            continue
        if quoted:
            quoted = letter != '"'
        elif letter == '"' and (depth or '"' in text[place + 1 :] if place < 2_000 else True):
            quoted = not depth
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth = max(0, depth - 1)
        elif not depth:
            if letter == "<":
                angled = True
            elif letter == ">":
                angled = False
            elif letter in ",;" and not angled:
                pieces.append(text[start:place])
                start = place + 1
            elif letter == ":" and not angled and "@" not in text[start:place]:
                start = place + 1  # the name of a group
        place += 1
    pieces.append(text[start:])
    return pieces


def _mailbox(piece: str) -> Address | None:
    piece = piece.strip()
    if not piece:
        return None
    opened, closed = piece.rfind("<"), piece.rfind(">")
    if opened >= 0:
        inside = piece[opened + 1 : closed if closed > opened else len(piece)]
        if email := _email(inside):
            return Address(email, _name(piece[:opened]) or _comment(piece[closed + 1 :]))
    if _QUOTED_LOCAL.match(piece):
        return Address(_email(piece))
    plain = decode_words(piece)
    match = _ADDR.search(_without_comments(plain)) or _ADDR.search(plain)
    if not match:
        return None
    name = _name(plain[: plain.find(match[0])]) or _comment(plain)
    email = _email(match[0])
    return Address(email, name) if email else None


def _email(inside: str) -> str:
    """The address in `inside`, without the blanks, routes and quotes senders put there; '' when none."""
    inside = _INVISIBLE.sub("", decode_words(inside)).strip().strip("<>").strip()
    if inside.lower().startswith("mailto:"):
        inside = inside[7:]
    if inside.startswith("@") and ":" in inside:  # source route, RFC 5322 §4.4
        inside = inside.rpartition(":")[2]
    if "@" not in inside:
        return ""
    local, _, domain = _without_comments(inside).rpartition("@")
    if not local.startswith('"'):
        local = _SPACE.sub("", local)
        local = local.strip("'") or local
    domain = _SPACE.sub("", domain).rstrip(".,;'\"")
    return f"{local}@{domain}"[: caps.ADDRESS] if local and domain else ""


def _name(text: str) -> str:
    text = _SPACE.sub(" ", text).strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = re.sub(r"\\(.)", r"\1", text)
    text = _SPACE.sub(" ", decode_words(text)).strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return clean_text(text.replace("\n", " "), caps.NAME)


def _comment(text: str) -> str:
    start = text.find("(")
    end = text.rfind(")")
    return _name(text[start + 1 : end]) if 0 <= start < end else ""


def _without_comments(text: str) -> str:
    if "(" not in text:
        return text
    out = []
    depth = 0
    for letter in text:
        if letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif not depth:
            out.append(letter)
    return "".join(out)
