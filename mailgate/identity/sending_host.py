"""The host that handed the mail in, and whether it may send for the envelope's domain (SPF, RFC 7208)."""

import logging
import re
from ipaddress import ip_address

import spf

from mailgate.identity.claim import Claim
from mailgate.identity.names import DnsTrouble, Kind, Questions
from mailgate.identity.verdict import Result, Spf
from mailgate.limits import Network, is_within
from models.addresses import a_label

log = logging.getLogger(__name__)

UNKNOWN_HOST = "it came through a mail server of our own, so the sending host is not known"
RESULTS: frozenset[str] = frozenset(("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"))

_BY = re.compile(r"\sby\s", re.IGNORECASE)
_HOST = re.compile(r"\[(?:IPv6:)?([0-9a-fA-F:.]{3,45})\][^()\[\]]*\)")
_HELO = re.compile(r"from\s+([!-~]{1,255})", re.IGNORECASE)
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~.-]{1,64}\Z")


def sending_host(claim: Claim, own: tuple[Network, ...], entrance: tuple[Network, ...]) -> tuple[str, str]:
    """The address and the HELO of the host outside, ('', '') where it is not known.

    `own` are mail servers of ours, of which nothing follows; those in `entrance` are known to write down whom they
    took the mail from, in the topmost Received line.
    """
    if claim.peer_ip is not None and is_within(claim.peer_ip, entrance):
        return host_in(next((value for name, value in claim.inbound.headers if name.lower() == "received"), ""))
    if claim.peer_ip is None or is_within(claim.peer_ip, own):
        return "", ""
    return claim.peer_ip, claim.helo


def host_in(received: str) -> tuple[str, str]:
    """The client's address and HELO as a mail server of ours wrote them; ('', '') where they cannot be found.

    The address is the last one in brackets before "by": what stands before it may be the client's own words.
    """
    client = _BY.split(received, maxsplit=1)[0]
    addresses = _HOST.findall(client)
    helo = _HELO.match(client)
    try:
        return (str(ip_address(addresses[-1])), helo[1] if helo else "") if addresses else ("", "")
    except ValueError:
        return "", ""


def envelope_domain(claim: Claim, helo: str) -> str:
    """The domain that SPF is about: of MAIL FROM, or of HELO for the null sender. '' where there is none."""
    domain = claim.mail_from.rpartition("@")[2] if claim.mail_from else helo
    try:
        return a_label(domain)
    except ValueError:
        return ""


def spf_of(claim: Claim, host: str, helo: str, questions: Questions) -> Spf:
    """Ask whether `host` may send for the envelope's domain. Whether it is aligned is another's question."""
    domain = envelope_domain(claim, helo)
    if not host:
        return Spf("none", domain, "", UNKNOWN_HOST)
    if "." not in domain:
        return Spf("none", domain, host, "the envelope names no domain")
    local = claim.mail_from.rpartition("@")[0]
    sender = f"{local if _PLAIN_LOCAL.match(local) else 'postmaster'}@{domain}"
    result, why = asked(Query(questions, host, sender, helo))
    return Spf(result, domain, host, why)


def asked(query: "Query") -> tuple[Result, str]:
    try:
        result, _, why = query.check()
    except Exception as trouble:  # the library meets a stranger's records: whatever it trips over proves nothing
        log.info("SPF could not be judged: %s: %s", type(trouble).__name__, trouble)
        return "permerror", "its record cannot be read"
    return (result if result in RESULTS else "neutral"), "" if result == "pass" else why[:200]


class Query(spf.query):  # type: ignore[misc]
    """The library's query, with our way of asking the DNS: bounded, and noted down."""

    def __init__(self, questions: Questions, host: str, sender: str, helo: str) -> None:
        super().__init__(i=host, s=sender, h=helo or "unknown", strict=True)
        self.questions = questions

    def dns(self, name: str, qtype: Kind, cnames: object = None, ignore_void: bool = False) -> list[object]:
        """The records as the library has them. Raises its `TempError`; its `PermError` at the third void lookup."""
        try:
            found = self.questions.ask(str(name), qtype)
        except DnsTrouble as trouble:
            raise spf.TempError(f"DNS: {trouble}") from trouble
        if not found.records and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError(f"Void lookup limit of {spf.MAX_VOID_LOOKUPS} exceeded")
        return [(record,) if qtype == "TXT" else record for record in found.records]

    def get_explanation(self, spec: str) -> None:
        """The owner's own words are never shown, so they are not fetched."""
        return None
