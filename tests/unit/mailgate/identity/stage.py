"""A judge with a zone of its own, and a mail to judge: what the tests of this folder share."""

from mailgate.identity.check import SenderCheck
from mailgate.identity.claim import Claim
from mailgate.identity.verdict import Verdict
from mailgate.limits import networks
from mailgate.parse import parse
from tests.signer import Signer
from tests.zone import Records, Zone

VICTIM = "good.example"
EVIL = "evil.example"
EVILS_HOST = "203.0.113.66"
GOODS_HOST = "192.0.2.10"
GOOD_SIGNER = Signer(VICTIM)
EVIL_SIGNER = Signer(EVIL)

ZONE: Records = {
    **GOOD_SIGNER.records,
    **EVIL_SIGNER.records,
    (VICTIM, "TXT"): [f"v=spf1 ip4:{GOODS_HOST} -all"],
    (EVIL, "TXT"): [f"v=spf1 ip4:{EVILS_HOST} -all"],
    (f"_dmarc.{VICTIM}", "TXT"): ["v=DMARC1; p=reject"],
    (f"_dmarc.{EVIL}", "TXT"): ["v=DMARC1; p=reject"],
}
"""A domain worth pretending to be, and an attacker who has everything in order for a domain of his own."""

HEADERS = {
    "From": f"Ann <ann@{VICTIM}>",
    "To": "support@example.com",
    "Subject": "The kettle hums",
    "Date": "Mon, 02 Nov 2026 10:15:00 +0000",
    "Message-ID": f"<1@{VICTIM}>",
    "Content-Type": "text/plain",
}


def mail(body: str = "Is that how it should be?\r\n", **headers: str) -> bytes:
    """A mail from the victim's domain; a header given as '' is left out."""
    chosen = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in chosen.items() if value]
    return "".join([*lines, "\r\n", body]).encode()


def judged(
    raw: bytes,
    zone: Zone | None = None,
    *,
    host: str | None = EVILS_HOST,
    helo: str = "mail.evil.example",
    mail_from: str = f"eve@{EVIL}",
    **check: object,
) -> Verdict:
    """The verdict on a mail that the evil host hands in, unless the test says otherwise."""
    judge = SenderCheck(zone or Zone(ZONE), networks("127.0.0.0/8", "::1"), **check)  # type: ignore[arg-type]
    return judge(Claim(raw, parse(raw, mail_from), host, helo, mail_from))
