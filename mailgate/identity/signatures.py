"""DKIM signatures (RFC 6376): which of them hold, and what a signature that holds really covers."""

import logging
import re
from datetime import datetime

import dkim

from mailgate.identity.names import DnsTrouble, Questions
from mailgate.identity.policy import Alignment
from mailgate.identity.verdict import Result, Signature
from mailgate.identity.wire_form import WireForm

log = logging.getLogger(__name__)

MOST_SIGNATURES = 5  # tried of one mail
MOST_OCTETS = 6_000  # of one signature header
MOST_KEY_OCTETS = 1_200  # of a key record: 4,096 bits of RSA need less than 800
SMALLEST_KEY = 1_024

_MANY_BLANKS = re.compile(rb"\s{100}")
_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?\Z")


def signatures(mail: WireForm, alignment: Alignment, questions: Questions, at: datetime) -> tuple[Signature, ...]:
    """Every signature that was tried, those of the From domain first."""
    found = [(index, tags_of(value)) for index, value in enumerate(mail.values(b"dkim-signature"))]
    readable = [(index, tags) for index, tags in found if tags is not None]
    readable.sort(key=lambda each: not alignment.may_be(domain_of(each[1])))
    return tuple(verified(mail, index, tags, alignment, questions, at) for index, tags in readable[:MOST_SIGNATURES])


def tags_of(value: bytes) -> dict[bytes, bytes] | None:
    """The tags of one signature header; None where it is too odd to be looked at."""
    if len(value) > MOST_OCTETS or _MANY_BLANKS.search(value):
        return None
    try:
        tags: dict[bytes, bytes] = dkim.util.parse_tag_value(value)
    except dkim.util.InvalidTagValueList:
        return None
    named = all(tags.get(tag) for tag in (b"d", b"s", b"h"))
    return tags if named and _DOMAIN.match(domain_of(tags)) else None


def domain_of(tags: dict[bytes, bytes]) -> str:
    return tags[b"d"].decode("ascii", "replace").lower()


def verified(
    mail: WireForm, index: int, tags: dict[bytes, bytes], alignment: Alignment, questions: Questions, at: datetime
) -> Signature:
    domain, selector = domain_of(tags), tags[b"s"].decode("ascii", "replace")
    result, why = check(mail, index, tags, questions)
    weakness = (weakness_of(mail, tags, at) if result == "pass" else why) or ""
    return Signature(domain, selector, result, weakness, alignment.holds(domain, "dkim", questions))


def check(mail: WireForm, index: int, tags: dict[bytes, bytes], questions: Questions) -> tuple[Result, str]:
    """The result of the library, and why where it is no pass."""
    is_relaxed = tags.get(b"c", b"").partition(b"/")[2].strip() == b"relaxed"
    signer = dkim.DKIM(minkey=SMALLEST_KEY, logger=SILENT)
    signer.headers = [list(each) for each in mail.fields]
    signer.body = mail.relaxed_body if is_relaxed else mail.body
    try:
        holds = signer.verify(index, dnsfunc=lambda name, timeout=0: key_record(name, questions))
    except DnsTrouble as trouble:
        return "temperror", f"its key could not be looked up: {trouble}"
    except (dkim.DKIMException, KeyMissing) as trouble:
        return "permerror" if isinstance(trouble, KeyMissing) else "fail", plain_words(trouble)
    except Exception as trouble:  # the library meets a stranger's bytes: whatever it trips over proves nothing
        log.info("a signature could not be read: %s: %s", type(trouble).__name__, trouble)
        return "permerror", "it cannot be read"
    return ("pass", "") if holds else ("fail", "it does not fit the mail")


class KeyMissing(Exception):
    """There is no key that could be used."""


def key_record(name: bytes, questions: Questions) -> bytes:
    """The key at `name`. Raises `DnsTrouble`, `KeyMissing`."""
    records = questions.texts(name.decode("ascii", "replace"))
    if not records:
        raise KeyMissing("its key is not published")
    if len(records[0]) > MOST_KEY_OCTETS:
        raise KeyMissing("its key is too large")
    return records[0]


def plain_words(trouble: Exception) -> str:
    """The library's reason without the octets it quotes."""
    words = str(trouble)
    if words.startswith("body hash mismatch"):
        return "the body was changed after it was signed"
    if words.startswith("x= value is past"):
        return "it has expired"
    return words.partition("(")[0].strip()[:100] or "it cannot be read"


def weakness_of(mail: WireForm, tags: dict[bytes, bytes], at: datetime) -> str:
    """Why a signature that holds is no proof of what is shown; '' when it is one (mail-safety 2.3)."""
    covered = {name.strip().lower() for name in tags[b"h"].split(b":")}
    if b"l" in tags:
        return "it covers only the beginning of the body"
    if tags.get(b"a", b"").endswith(b"sha1"):
        return "it is made with SHA-1"
    if b"x" in tags and int(tags[b"x"]) < at.timestamp():
        return "it had expired when the mail came"
    uncovered = [name for name in (b"from", b"subject", b"content-type") if mail.has(name) and name not in covered]
    if uncovered:
        return f"it does not cover {uncovered[0].decode().title()}"
    dated = {name for name in (b"date", b"message-id") if mail.has(name)}
    if dated and not dated & covered:
        return "it covers neither Date nor Message-Id"
    return ""


SILENT = logging.getLogger("mailgate.identity.dkim")
SILENT.setLevel(logging.CRITICAL)
