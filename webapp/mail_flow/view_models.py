"""What the mail flow pages show, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import compat32

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.custody import InboundMessage
from models.queries.custody import Ledger
from models.queries.inbound import HEADERS_READ, MailSeen
from models.text import clean_text
from webapp.clock import Clock, When
from webapp.inbox.cards import size_in_words
from webapp.inbox.view_models import subject_of
from webapp.mail_flow.headers import readable

# What a mail became: the plain word, and the tone of its mark.
DECISIONS = {
    "new_ticket": (_l("new ticket"), "good"),
    "reply": (_l("added to a ticket"), "good"),
    "auto_reply": (_l("automatic reply, noted"), "quiet"),
    "bounce": (_l("bounce of a mail of ours"), "quiet"),
    "delay": (_l("delay of a mail of ours"), "quiet"),
    "complaint": (_l("complaint about a mail of ours"), "doubt"),
    "receipt": (_l("read receipt"), "quiet"),
    "words": (_l("words about a mail of ours"), "quiet"),
    "duplicate": (_l("came before"), "quiet"),
    "backscatter": (_l("set aside: report about nothing of ours"), "quiet"),
    "loop": (_l("set aside: a loop"), "doubt"),
    "held": (_l("held for a look"), "doubt"),
    "quarantine": (_l("set aside: its sender is blocked"), "doubt"),
    "discarded": (_l("discarded by an agent"), "quiet"),
    "probe": (_l("sent by the desk to itself"), "quiet"),
    "expired": (_l("set aside, and let go after thirty days"), "quiet"),
}

STATES = {
    "accepted": (_l("waits to be filed"), "quiet"),
    "processing": (_l("is being filed"), "quiet"),
    "retry": (_l("will be tried again"), "doubt"),
    "dead": (_l("could not be filed"), "bad"),
}

RULES = {
    "P0": _l("sent by the desk to itself"),
    "D0i": _l("an earlier answer of the team, imported"),
    "D1": _l("carries the mark of our own mail"),
    "D2": _l("bounce of a mail of ours"),
    "D3": _l("complaint about a mail of ours"),
    "D4": _l("read receipt for a mail of ours"),
    "D5": _l("report about no mail of ours"),
    "D6": _l("the mail could not be read"),
    "D7a": _l("nobody can be named as its sender"),
    "D7b": _l("it is not certain who wrote it"),
    "D7c": _l("claims to come from ourselves"),
    "D7d": _l("claims to come from an agent"),
    "D7": _l("its sender is not believed"),
    "D8": _l("its sender is blocked"),
    "D9": _l("a service wants an address confirmed"),
    "D10": _l("automatic reply"),
    "D11": _l("through a mailing list"),
    "D12": _l("written by a machine"),
    "D13": _l("an agent by mail"),
    "D14": _l("the same mail was here before"),
    "D16": _l("one of a flood"),
    "D17": _l("answers a ticket"),
    "D18": _l("an empty mail"),
    "D19": _l("a new matter"),
}


@dataclass(frozen=True)
class Part:
    number: int
    label: str
    tone: str


@dataclass(frozen=True)
class Sum:
    """accepted = part + part + …, which has to be true; `dead` mails are kept, and wait for somebody."""

    accepted: int
    parts: tuple[Part, ...]
    adds_up: bool
    dead: int


@dataclass(frozen=True)
class FlowRow:
    """One delivery of one accepted mail."""

    id: str
    sender: str
    subject: str
    rcpt: str
    when: When
    became: str
    tone: str
    why: str
    ticket_id: int | None
    ticket_ref: str
    size: str


@dataclass(frozen=True)
class Step:
    """One thing that happened to the mail on its way; `tone` is 'good', 'quiet', 'doubt' or 'bad'."""

    title: str
    words: str
    tone: str
    when: When | None = None


@dataclass(frozen=True)
class OneMail:
    rows: tuple[FlowRow, ...]
    steps: tuple[Step, ...]
    envelope: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    evidence: tuple[tuple[str, str, str], ...]  # address of ours, what, value
    is_forgotten: bool


def sum_of(counted: Ledger) -> Sum:
    parts = [
        Part(number, *DECISIONS.get(decision, (decision.replace("_", " "), "quiet")))
        for decision, number in sorted(counted.by_decision.items(), key=by_table)
    ]
    if counted.waiting:
        parts.append(Part(counted.waiting, _("waiting to be filed"), "quiet"))
    if counted.dead:
        parts.append(Part(counted.dead, _("could not be filed"), "bad"))
    return Sum(
        counted.accepted, tuple(parts), counted.accepted == sum(part.number for part in parts), counted.dead
    )


def by_table(entry: tuple[str, int]) -> int:
    order = list(DECISIONS)
    return order.index(entry[0]) if entry[0] in order else len(order)


def flow_row(seen: MailSeen, clock: Clock) -> FlowRow:
    headers = dict(reversed(headers_of(seen.opening)))
    became, tone = outcome_of(seen)
    delivery, ticket = seen.delivery, seen.ticket
    return FlowRow(
        id=str(seen.mail.id),
        sender=headers.get("From") or seen.mail.mail_from or f"<> ({_('nobody: an automatic report')})",
        subject=headers.get("Subject") or (subject_of(ticket) if ticket else "") or _("(no subject)"),
        rcpt=delivery.rcpt if delivery else "",
        when=clock.when(seen.mail.received_at),
        became=became,
        tone=tone,
        why=why_of(seen),
        ticket_id=ticket.id if ticket else None,
        ticket_ref=ticket.ref if ticket else "",
        size=size_in_words(seen.mail.raw_size),
    )


def outcome_of(seen: MailSeen) -> tuple[str, str]:
    """What became of it, and the tone of that."""
    if seen.mail.state != "done" or seen.delivery is None or seen.delivery.decision is None:
        return STATES.get(seen.mail.state, ("filed", "good"))
    return DECISIONS.get(seen.delivery.decision, (seen.delivery.decision.replace("_", " "), "quiet"))


def why_of(seen: MailSeen) -> str:
    """Why it is where it is, in a sentence: the decision's own words, else those of its rule."""
    if seen.mail.state == "dead":
        return f"{seen.mail.error_class or _('A defect')}: {seen.mail.last_error or _('no more is known')}"
    if seen.delivery is None:
        return ""
    said = seen.delivery.evidence.get("why")
    return str(said) if said else RULES.get(seen.delivery.rule or "", "")


def headers_of(opening: bytes) -> list[tuple[str, str]]:
    """The headers at the top of `opening`, decoded for reading, in their order."""
    message = BytesHeaderParser(policy=compat32).parsebytes(opening[: HEADERS_READ * 4])
    return [(clean_text(name, 100), readable(value)) for name, value in message.raw_items()]


def one_mail_page(found: Sequence[MailSeen], whole: bytes, trouble: str, clock: Clock) -> OneMail:
    """`whole` are its bytes, as far as they are there; `trouble` says what is wrong with them."""
    mail = found[0].mail
    damage = [Step(_("Damaged"), trouble, "bad")] if trouble else []
    return OneMail(
        rows=tuple(flow_row(seen, clock) for seen in found),
        steps=(*steps_of(found, clock), *damage),
        envelope=tuple(envelope_of(mail)),
        headers=tuple(headers_of(whole)),
        evidence=tuple(
            (seen.delivery.rcpt, str(what).replace("_", " "), in_words(value))
            for seen in found
            if seen.delivery is not None
            for what, value in seen.delivery.evidence.items()
            if what != "why"
        ),
        is_forgotten=mail.forgotten_at is not None,
    )


def steps_of(found: Sequence[MailSeen], clock: Clock) -> list[Step]:
    mail = found[0].mail
    steps = [
        Step(
            _("Accepted"),
            _("kept byte for byte, %(size)s, then answered 250", size=size_in_words(mail.raw_size)),
            "good",
            clock.when(mail.received_at),
        )
    ]
    if mail.seen_count > 1 and mail.last_seen_at:
        words = _("the sender tried %(number)s times; it was kept once", number=mail.seen_count)
        steps.append(Step(_("Came again"), words, "quiet", clock.when(mail.last_seen_at)))
    if mail.attempts > 1 or mail.state in ("retry", "dead"):
        steps.append(
            Step(_("Tried"), _("%(number)s times; last trouble: %(trouble)s", number=mail.attempts, trouble=mail.last_error or _("none")), "doubt")
        )
    filed = clock.when(mail.filed_at) if mail.filed_at else None
    for seen in found:
        became, tone = outcome_of(seen)
        rule = f" ({_('rule %(name)s', name=seen.delivery.rule)})" if seen.delivery and seen.delivery.rule else ""
        at = f"{seen.delivery.rcpt}: " if seen.delivery else ""
        steps.append(Step(became[:1].upper() + became[1:], f"{at}{why_of(seen)}{rule}", tone, filed))
    if mail.forgotten_at:
        steps.append(Step(_("Let go"), _("its bytes are gone; this line stays"), "quiet", clock.when(mail.forgotten_at)))
    return steps


def envelope_of(mail: InboundMessage) -> list[tuple[str, str]]:
    """The envelope and the connection, as the gate saw them; or how it came here without the gate."""
    host = str(mail.peer_ip or _("unknown"))
    return [
        *came_otherwise(mail),
        ("MAIL FROM", mail.mail_from or "<>"),
        (_("From host"), _("%(host)s, which called itself %(name)s", host=host, name=mail.helo) if mail.helo else host),
        (_("Encryption"), mail.tls or _("none")),
        ("SMTPUTF8", in_words(mail.smtputf8)),
        (_("Oddities"), ", ".join(mail.wire_flags) or _("none")),
        ("SHA-256", mail.raw_sha256.hex()),
    ]


def came_otherwise(mail: InboundMessage) -> list[tuple[str, str]]:
    if mail.origin == "smtp":
        return []
    return [("Came by", mail.gateway), ("Envelope read from", mail.our_received)]


def in_words(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case list():
            return ", ".join(in_words(one) for one in value)
        case dict():
            return ", ".join(f"{name}: {in_words(one)}" for name, one in value.items())
        case _:
            return str(value)
