"""Why a From header must not be believed (mail-safety §2.3): strict, on the raw bytes, one rule a
function.
"""

import re
from collections.abc import Callable

from mailgate.reading.addresses import read_addresses
from mailgate.reading.headers import Headers
from models.addresses import a_label

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_LABEL = r"[A-Za-z0-9\x80-\U0010ffff](?:[A-Za-z0-9\x80-\U0010ffff-]{0,61}[A-Za-z0-9\x80-\U0010ffff])?"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ADDRESS = rf"(?:{_DOT_ATOM}|{_QUOTED})@{_LABEL}(?:\.{_LABEL})*"
_COMMENT = r"\([^()@<>]*\)"
_PHRASE = rf"(?:{_QUOTED}|{_COMMENT}|[^\"<>()@,;:\\])*"
_STRICT = re.compile(rf"\s*(?:(?P<bare>{_ADDRESS})|{_PHRASE}<(?P<angled>{_ADDRESS})>)\s*(?:{_COMMENT})?\s*\Z")
_SAME_TWICE = re.compile(r"\s*'?([^\s<>\"(),;:]+@[^\s<>\"(),;:@]+)'?\s*<\1>\s*\Z", re.I)
_GROUP = re.compile(r"[^\"<>@]*:[^<>]*;")
_COMMENT_WITH_AT = re.compile(r"\([^)]*@")
_BLANK_BEFORE_COLON = re.compile(rb"^from[ \t]+:", re.I | re.M)
_SINGLETONS = (
    "subject",
    "to",
    "cc",
    "date",
    "message-id",
    "reply-to",
    "sender",
    "content-type",
    "mime-version",
)


def sender_problems(headers: Headers, block: bytes) -> tuple[str, ...]:
    """Return the reasons, as sentences, why the sender of this mail is ambiguous; () when he is not."""
    return tuple(problem for rule in RULES if (problem := rule(headers, block)))


def _from(headers: Headers) -> str:
    return headers.raw("from").decode("utf-8", "replace")


def no_from(headers: Headers, block: bytes) -> str:
    return "" if headers.has("from") else "There is no From header."


def several_from(headers: Headers, block: bytes) -> str:
    return "There is more than one From header." if len(headers.all_raw("from")) > 1 else ""


def from_is_a_group(headers: Headers, block: bytes) -> str:
    return "From names a group, not a person." if _GROUP.search(_from(headers)) else ""


def comment_holds_an_address(headers: Headers, block: bytes) -> str:
    return "From hides an address in a comment." if _COMMENT_WITH_AT.search(_from(headers)) else ""


def encoded_word_in_address(headers: Headers, block: bytes) -> str:
    text = _from(headers)
    inside = text[text.rfind("<") :] if "<" in text else text if "@" in text else ""
    return "The address in From is encoded." if "=?" in inside else ""


def not_one_mailbox(headers: Headers, block: bytes) -> str:
    value = _from(headers)
    if not headers.has("from") or _STRICT.match(value) or _SAME_TWICE.match(value):
        return ""
    return "From is not exactly one valid address."


def two_readings(headers: Headers, block: bytes) -> str:
    """Who is shown is found by a lenient reader; where the strict one finds another, neither is believed."""
    strict = _STRICT.match(_from(headers))
    if strict is None:
        return ""
    shown = [address.email for address in read_addresses(headers.raw("from"))]
    return "" if shown == [strict["bare"] or strict["angled"]] else "From can be read in two ways."


def domain_is_no_idna(headers: Headers, block: bytes) -> str:
    domain = _from(headers).rpartition("@")[2].rstrip("> \t").partition(">")[0]
    if domain.isascii():
        return ""
    try:
        a_label(domain)
    except ValueError:
        return "The domain in From is not a valid international name."
    return ""


def control_characters(headers: Headers, block: bytes) -> str:
    if b"\x00" in block:
        return "The headers hold a NUL."
    bare = block.replace(b"\r\n", b"")
    if b"\r" in bare or (b"\r\n" in block and b"\n" in bare):
        return "The headers hold bare line ends."
    return (
        "The headers hold control characters."
        if re.search(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]", _plain(bare))
        else ""
    )


def _plain(block: bytes) -> bytes:
    """Without the escape sequences of raw ISO-2022 text, which are old-fashioned, not hostile."""
    return re.sub(rb"\x1b[$(][@BJI]?", b"", block)


def blank_before_colon(headers: Headers, block: bytes) -> str:
    """Some readers take 'From :' for From, some do not (RFC 5322 section 4.5 against section 2.2)."""
    return "A blank stands between From and its colon." if _BLANK_BEFORE_COLON.search(block) else ""


def damaged_headers(headers: Headers, block: bytes) -> str:
    return f"The headers are damaged: {headers.oddities[0]}." if headers.oddities else ""


def doubled_header(headers: Headers, block: bytes) -> str:
    doubled = [name for name in _SINGLETONS if len(headers.all_raw(name)) > 1]
    return f"There is more than one {doubled[0].title()} header." if doubled else ""


Rule = Callable[[Headers, bytes], str]
RULES: tuple[Rule, ...] = (
    no_from,
    several_from,
    from_is_a_group,
    comment_holds_an_address,
    encoded_word_in_address,
    not_one_mailbox,
    two_readings,
    domain_is_no_idna,
    control_characters,
    blank_before_colon,
    damaged_headers,
    doubled_header,
)
