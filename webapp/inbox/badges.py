"""The badge of a mail's sender: a word, a plain sentence, and the evidence behind it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.message import Message

Row = tuple[str, str]


@dataclass(frozen=True)
class Badge:
    """`tone` is 'good', 'doubt' or 'bad'. `rows` are what the sentence stands on: a name and what was found."""

    tone: str
    label: str
    icon: str
    sentence: str
    rows: tuple[Row, ...]


LOOKS = {
    "good": (_l("verified"), "shield"),
    "doubt": (_l("not verified"), "shield-off"),
    "bad": (_l("suspicious"), "warning"),
}

SENTENCES = {
    "good": _l("The mail comes from the address it names."),
    "doubt": _l("Nothing proves that this mail comes from the address it names."),
    "bad": _l("Do not trust the name on this mail."),
}


def badge_of(message: Message) -> Badge | None:
    """None where nobody looked: what was said in the browser or on a mail from before there was a check."""
    if message.sender_verified is None:
        return None
    evidence = message.sender_evidence or {}
    warnings = [str(warning) for warning in evidence.get("warnings", ())]
    tone = "good" if message.sender_verified else "bad" if message.sender_level == 0 or warnings else "doubt"
    label, icon = LOOKS[tone]
    sentence = (warnings or [str(evidence.get("why") or SENTENCES[tone])])[0]
    return Badge(tone, label, icon, sentence, tuple(row for row in rows_of(evidence) if row[1] != sentence))


def rows_of(evidence: Mapping[str, Any]) -> Iterator[Row]:
    """The evidence as rows for people, the most telling first."""
    for reason in evidence.get("ambiguous_because", ()):
        yield _("From"), str(reason)
    for warning in evidence.get("warnings", ()):
        yield _("Name"), str(warning)
    for signature in evidence.get("dkim", ()):
        yield _("Signature (DKIM)"), with_reason(f"{signature['domain']}: {signature['result']}", signature["weakness"])
    spf = evidence.get("spf") or {}
    if spf.get("host"):
        yield _("Sending host (SPF)"), with_reason(f"{spf['host']} for {spf['domain'] or 'no domain'}: {spf['result']}", spf["why"])
    elif spf.get("why"):
        yield _("Sending host (SPF)"), str(spf["why"])
    dmarc = evidence.get("dmarc") or {}
    if dmarc.get("found_at"):
        yield _("Policy (DMARC)"), f"{dmarc['found_at']} asks for “{dmarc['policy']}”: {dmarc['result']}"
    arc = evidence.get("arc") or {}
    if arc.get("sealers"):
        trusted = "" if arc.get("is_trusted") else ", not all of them trusted here"
        yield _("Handed on by (ARC)"), f"{', '.join(arc['sealers'])}: {arc['result']}{trusted}"


def with_reason(words: str, reason: str) -> str:
    return f"{words}, {reason}" if reason else words
