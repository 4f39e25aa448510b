"""Takes MAIL and RCPT apart: the path, raw, and the parameters behind it (RFC 5321 section 4.1.1.2 and
.3).
"""

import re
from dataclasses import dataclass

# A quoted local part may hold spaces and ">", so the path is cut off with quotes in mind.
_ARGUMENT = re.compile(
    rb'(?P<keyword>[A-Za-z]+):[ ]?(?P<path><(?:"(?:[^"\\]|\\.)*"|[^">])*>)(?P<rest>(?: .*)?)', re.DOTALL
)
_PARAMETER = re.compile(rb"(?P<name>[A-Za-z0-9][A-Za-z0-9-]*)(?:=(?P<value>[!-<>-~\x80-\xff]+))?")
_SIZE = re.compile(rb"[0-9]{1,20}")
_HUGE_SIZE = re.compile(rb"[0-9]{21,}")


class SyntaxWrong(ValueError):
    """Not `KEYWORD:<path> parameters`."""


class PathMissing(SyntaxWrong):
    """The keyword is there, but no path in angle brackets behind it."""


class ParameterUnknown(ValueError):
    """A parameter of an extension we do not offer."""


@dataclass(frozen=True, slots=True)
class MailParameters:
    """What MAIL said beside the address. `size` is the sender's own estimate in octets, 0 when it gave
    none.
    """

    size: int = 0
    smtputf8: bool = False


def split_argument(argument: bytes, keyword: bytes) -> tuple[bytes, list[bytes]]:
    """`FROM:<a@b> SIZE=1` → `<a@b>`, [`SIZE=1`]. Raises `SyntaxWrong` or `PathMissing`."""
    match = _ARGUMENT.fullmatch(argument)
    if match is None:
        if argument[: len(keyword) + 1].upper() == keyword + b":":
            raise PathMissing
        raise SyntaxWrong
    if match["keyword"].upper() != keyword:
        raise SyntaxWrong
    return match["path"], match["rest"].split()


def read_mail_parameters(words: list[bytes]) -> MailParameters:
    """Raises `SyntaxWrong` on a known parameter with a wrong value, `ParameterUnknown` on any other."""
    given: dict[bytes, bytes | None] = {}
    for word in words:
        match = _PARAMETER.fullmatch(word)
        if match is None or match["name"].upper() in given:
            raise SyntaxWrong
        given[match["name"].upper()] = match["value"]
    size = _read_size(given.pop(b"SIZE")) if b"SIZE" in given else 0
    if b"BODY" in given and (given.pop(b"BODY") or b"").upper() not in (b"7BIT", b"8BITMIME"):
        raise SyntaxWrong
    smtputf8 = b"SMTPUTF8" in given
    if smtputf8 and given.pop(b"SMTPUTF8") is not None:
        raise SyntaxWrong
    if given:
        raise ParameterUnknown
    return MailParameters(size, smtputf8)


def _read_size(value: bytes | None) -> int:
    if value is not None and _SIZE.fullmatch(value):
        return int(value)
    if value is not None and _HUGE_SIZE.fullmatch(value):
        return 10**20  # more digits than RFC 1870 allows, and larger than anything we take
    raise SyntaxWrong
