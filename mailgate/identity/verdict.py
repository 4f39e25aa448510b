"""The verdict on a mail's sender: frozen values, and their form in the database. No judgement is made here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from models.text import clean_text

MOST_WORDS = 500


class Level(IntEnum):
    """How far the From address is to be believed. Until somebody has looked, a sender is `A1`."""

    A0 = 0  # bad: a failed DMARC policy, an ambiguous From, or our own address without proof
    A1 = 1  # unknown: nothing speaks for it and nothing against it
    A2 = 2  # vouched for by a forwarder or a sealer that the desk trusts
    A3 = 3  # proved: an aligned DKIM signature or an aligned SPF pass (RFC 9989)


Result = Literal["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"]
"""Results as RFC 8601 section 2.7 names them."""


@dataclass(frozen=True, slots=True)
class Spf:
    """Whether the connecting host may send for the envelope's domain (RFC 7208). `none` when nobody was asked."""

    result: Result = "none"
    domain: str = ""
    host: str = ""  # the address that was judged; '' when it is not known which host that is
    why: str = ""
    is_aligned: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM signature (RFC 6376). `weakness` says why a passing one proves nothing about what is shown."""

    domain: str
    selector: str
    result: Result
    weakness: str = ""
    is_aligned: bool = False


@dataclass(frozen=True, slots=True)
class Dmarc:
    """The policy of the From domain (RFC 9989). `found_at` is where its record stands, '' where there is none.

    `policy` is what the domain asks for on failure: 'none', 'quarantine', 'reject', '' without a record.
    """

    result: Result = "none"
    policy: str = ""
    found_at: str = ""


@dataclass(frozen=True, slots=True)
class Arc:
    """The chain of those who handed the mail on (RFC 8617). `sealers` from the first to the last."""

    result: Result = "none"
    sealers: tuple[str, ...] = ()
    is_trusted: bool = False
    vouches: bool = False  # trusted, and its first link saw DMARC pass for this From


@dataclass(frozen=True, slots=True)
class LookUp:
    """One question to the DNS and the kind of answer: 'found', 'nothing', 'no such name', 'trouble', 'not asked'."""

    kind: str
    name: str
    outcome: str
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who the sender is and how we know. Frozen with the mail, so that judging it again tells the same (P21).

    `why` is one sentence for agents. `ambiguous_because` holds the reasons why From itself cannot be believed;
    `warnings` what an honest From may still hide, such as a display name that shows another address.
    `aligned_by` names what proved it: 'dkim', 'spf', 'arc', 'forwarder', or ''.
    """

    level: Level = Level.A1
    from_address: str = ""
    from_domain: str = ""
    aligned_by: Literal["dkim", "spf", "arc", "forwarder", ""] = ""
    why: str = "Nobody has looked whether this sender is who the mail says."
    ambiguous_because: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    spf: Spf = Spf()
    dkim: tuple[Signature, ...] = ()
    dmarc: Dmarc = Dmarc()
    arc: Arc = Arc()
    looked_up: tuple[LookUp, ...] = ()
    milliseconds: int = 0

    @property
    def is_proved(self) -> bool:
        return self.level is Level.A3

    @property
    def is_verified(self) -> bool:
        """Whether an agent may be told that the mail comes from whom it names."""
        return self.level >= Level.A2 and not self.warnings


VERDICT = TypeAdapter(Verdict)


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as it is stored: strangers choose the domains and selectors in it, so all words are washed."""
    return {name: washed(getattr(verdict, name)) for name in names_in(Verdict)}


def washed(value: Any) -> Any:
    match value:
        case str():
            return clean_text(value, MOST_WORDS)
        case tuple():
            return [washed(inner) for inner in value]
        case Level():
            return int(value)
    if is_dataclass(value):
        return {name: washed(getattr(value, name)) for name in names_in(type(value))}
    return value


@cache
def names_in(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def from_json(stored: Mapping[str, Any] | None) -> Verdict | None:
    """A stored verdict; None where there is none, or one that this version cannot read (it is then made anew)."""
    if stored is None:
        return None
    try:
        return VERDICT.validate_python(stored)
    except ValidationError:
        return None
