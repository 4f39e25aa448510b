"""Those who handed the mail on: ARC chains (RFC 8617) of sealers the desk trusts, and registered forwarders."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

import dkim

from mailgate.identity.names import DnsTrouble, Questions
from mailgate.identity.signatures import MOST_OCTETS, SILENT, SMALLEST_KEY, KeyMissing, key_record
from mailgate.identity.verdict import Arc, Result, Signature, Spf
from mailgate.identity.wire_form import WireForm
from mailgate.limits import Network, is_within, networks
from models.addresses import a_label

log = logging.getLogger(__name__)

MOST_SEALS = 6
MOST_RESULTS_OCTETS = 16_000

_COMMENT = re.compile(r"\([^()]*\)")
_INSTANCE = re.compile(rb"[\s;]?i\s*=\s*(\d{1,3})")
_HEADER_FROM = re.compile(r"\bheader\.from=\"?(?:[^\s;\"@]*@)?([^\s;\"]+)")


@dataclass(frozen=True)
class Forwarder:
    """Somebody who forwards mail to this desk: from this network, with that domain's own SPF or DKIM."""

    domain: str
    networks: tuple[Network, ...]


def forwarder(written: str) -> Forwarder:
    """'uni.example=192.0.2.0/24' as a forwarder. Raises `ValueError`."""
    domain, equals, network = written.partition("=")
    if not equals:
        raise ValueError(f"{written}: a forwarder is written as domain=network")
    return Forwarder(a_label(domain.strip()), networks(network.strip()))


def came_from(registered: Sequence[Forwarder], spf: Spf, dkim: Sequence[Signature]) -> str:
    """The registered forwarder that handed this mail in and proved who it is, '' where none did."""
    signed = {each.domain for each in dkim if each.result == "pass"}
    if spf.result == "pass":
        signed.add(spf.domain)
    proved = (
        each.domain for each in registered if spf.host and is_within(spf.host, each.networks) and each.domain in signed
    )
    return next(proved, "")


def arc_of(mail: WireForm, from_domain: str, trusted: Sequence[str], questions: Questions) -> Arc:
    """The chain of the mail. It vouches only if *every* sealer is trusted.

    The last seal alone says too little: whoever has a mailbox at a trusted sealer can have a first link of his own
    making sealed over by it.
    """
    sealers = sealers_of(mail)
    if not sealers:
        return Arc()
    if len(sealers) > MOST_SEALS or not set(sealers) <= set(trusted):
        return Arc("none", sealers[:MOST_SEALS])
    result = chain_result(mail, questions)
    vouches = result == "pass" and saw_pass(first_results(mail), from_domain)
    return Arc(result, sealers, is_trusted=True, vouches=vouches)


def sealers_of(mail: WireForm) -> tuple[str, ...]:
    """The domains that sealed, from the first link to the last; an unreadable seal is sealed by nobody ('')."""
    found: list[tuple[int, str]] = []
    for value in mail.values(b"arc-seal"):
        instance = _INSTANCE.search(value[:MOST_OCTETS])
        try:
            tags = dkim.util.parse_tag_value(value[:MOST_OCTETS])
        except dkim.util.InvalidTagValueList:
            tags = {}
        found.append((int(instance[1]) if instance else 0, tags.get(b"d", b"").decode("ascii", "replace").lower()))
    return tuple(domain for _, domain in sorted(found))


def chain_result(mail: WireForm, questions: Questions) -> Result:
    headers = [value for name in (b"arc-seal", b"arc-message-signature") for value in mail.values(name)]
    if any(len(value) > MOST_OCTETS for value in headers):
        return "permerror"
    chain = dkim.ARC(minkey=SMALLEST_KEY, logger=SILENT)
    chain.headers = [list(each) for each in mail.fields]
    chain.body = mail.relaxed_body  # the only form ARC knows
    try:
        status, _, _ = chain.verify(dnsfunc=lambda name, timeout=0: key_record(name, questions))
    except DnsTrouble:
        return "temperror"
    except KeyMissing:
        return "permerror"
    except Exception as trouble:  # the library meets a stranger's bytes: whatever it trips over proves nothing
        log.info("an ARC chain could not be read: %s: %s", type(trouble).__name__, trouble)
        return "permerror"
    return "pass" if status == dkim.CV_Pass else "fail"


def first_results(mail: WireForm) -> str:
    """What the first of the chain found when the mail came to it."""
    for value in mail.values(b"arc-authentication-results"):
        instance = _INSTANCE.search(value[:200])
        if instance and int(instance[1]) == 1 and len(value) <= MOST_RESULTS_OCTETS:
            return value.decode("utf-8", "replace")
    return ""


def saw_pass(results: str, from_domain: str) -> bool:
    """Whether these results (RFC 8601) say that DMARC passed for the From domain."""
    for result in _COMMENT.sub(" ", results).split(";"):
        words = " ".join(result.lower().split())
        named = _HEADER_FROM.search(words)
        if words.startswith("dmarc=pass") and named and named[1] == from_domain:
            return True
    return False
