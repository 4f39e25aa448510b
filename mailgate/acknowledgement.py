"""May this mail be answered by a machine? Pure; budgets and suppressed addresses are asked where the mail is queued.

Not the same question as whether a machine wrote it: see `Inbound.automatic` and `Inbound.may_be_answered`
(mail-safety 2.9, RFC 3834 section 2).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailgate.decision import Facts, OpenTicket, Ruling
from mailgate.identity.verdict import Level
from models.addresses import normalise


class Form(StrEnum):
    """How the acknowledgement may be worded. `FIXED` repeats nothing that the mail says: no subject, name or text."""

    NONE = "none"
    FIXED = "fixed"
    FULL = "full"


@dataclass(frozen=True)
class Acknowledgement:
    """Whether to acknowledge, and in which form; `why_not` is a sentence, '' where it may be."""

    form: Form
    why_not: str = ""

    @property
    def is_due(self) -> bool:
        return self.form is not Form.NONE


def must_be_left_alone(facts: Facts) -> bool:
    """Whether no machine of ours may ever write to whoever opens a ticket with this mail."""
    inbound = facts.inbound
    return inbound.automatic or not inbound.may_be_answered or not facts.mail_from or facts.level is Level.A0


def no_new_ticket(facts: Facts, ruling: Ruling) -> str:
    if ruling.rule == "D19" and isinstance(ruling.decision, OpenTicket):
        return ""
    return "only a new ticket is acknowledged"


def acknowledged_elsewhere(facts: Facts, ruling: Ruling) -> str:
    return "the same mail opened a ticket at another mailbox" if facts.siblings else ""


def written_by_a_machine(facts: Facts, ruling: Ruling) -> str:
    return "a machine wrote it" if facts.inbound.automatic else ""


def asks_for_no_answer(facts: Facts, ruling: Ruling) -> str:
    if facts.inbound.may_be_answered:
        return ""
    return next(iter(facts.inbound.automatic_evidence), "it must not be answered by a machine")


def no_way_back(facts: Facts, ruling: Ruling) -> str:
    return "" if facts.mail_from else "its envelope names no sender"


def released_by_hand(facts: Facts, ruling: Ruling) -> str:
    return "an agent has looked at it already" if facts.is_released else ""


def disbelieved(facts: Facts, ruling: Ruling) -> str:
    return "it is not to be believed who wrote it" if facts.level is Level.A0 else ""


REASONS_AGAINST: tuple[Callable[[Facts, Ruling], str], ...] = (
    no_new_ticket,
    acknowledged_elsewhere,
    written_by_a_machine,
    asks_for_no_answer,
    no_way_back,
    released_by_hand,
    disbelieved,
)


def acknowledgement(facts: Facts, ruling: Ruling, *, unverified_too: bool = False) -> Acknowledgement:
    """Whether this mail may be acknowledged. `unverified_too` is the mailbox's choice for senders at A1."""
    for reason in REASONS_AGAINST:
        why_not = reason(facts, ruling)
        if why_not:
            return Acknowledgement(Form.NONE, why_not)
    if facts.level >= Level.A2:
        return Acknowledgement(Form.FULL)
    if not unverified_too:
        return Acknowledgement(Form.NONE, "nothing proves who wrote it")
    if comes_from_its_envelope(facts):
        return Acknowledgement(Form.FIXED)
    return Acknowledgement(Form.NONE, "From and the envelope name different senders")


def comes_from_its_envelope(facts: Facts) -> bool:
    try:
        return normalise(facts.mail_from) == facts.sender
    except ValueError:
        return False
