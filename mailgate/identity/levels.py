"""From what was found to a level (mail-safety 2.3): pure, one question a function; the first with an opinion wins."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mailgate.identity.verdict import Arc, Dmarc, Level, Result, Signature, Spf, Verdict


@dataclass(frozen=True)
class Findings:
    """All that was found out about one sender who can be named."""

    from_domain: str
    spf: Spf
    dkim: tuple[Signature, ...]
    dmarc: Dmarc
    arc: Arc
    forwarder: str = ""


Opinion = tuple[Level, str, str]  # the level, what it stands on, a sentence for agents


def signed_by_the_domain(found: Findings) -> Opinion | None:
    for each in found.dkim:
        if each.result == "pass" and each.is_aligned and not each.weakness:
            return Level.A3, "dkim", f"The mail is signed by {each.domain}."
    return None


def sent_by_the_domain(found: Findings) -> Opinion | None:
    if found.spf.result == "pass" and found.spf.is_aligned:
        return Level.A3, "spf", f"The mail came from a host that may send for {found.spf.domain}."
    return None


def vouched_for_by_sealers(found: Findings) -> Opinion | None:
    if not found.arc.vouches:
        return None
    why = f"{found.arc.sealers[-1]} handed the mail on and vouches that it was genuine when it came there."
    return Level.A2, "arc", why


def handed_on_by_a_forwarder(found: Findings) -> Opinion | None:
    if found.forwarder:
        return Level.A2, "forwarder", f"The mail was forwarded by {found.forwarder}, which this desk trusts."
    return None


def refused_by_its_domain(found: Findings) -> Opinion | None:
    if found.dmarc.result == "fail" and found.dmarc.policy in ("quarantine", "reject"):
        why = f"{found.from_domain} says that mail like this is not its own (DMARC {found.dmarc.policy})."
        return Level.A0, "", why
    return None


def nothing_was_concluded(found: Findings) -> Opinion:
    if "temperror" in (found.spf.result, found.dmarc.result, *(each.result for each in found.dkim)):
        return Level.A1, "", "The DNS gave no answer in time, so nothing is known about the sender."
    weak = next((each.weakness for each in found.dkim if each.result == "pass" and each.is_aligned), "")
    if weak:
        return Level.A1, "", f"The mail carries a signature of {found.from_domain} that proves too little: {weak}."
    return Level.A1, "", f"Nothing proves that this mail comes from {found.from_domain}, and nothing speaks against it."


QUESTIONS: tuple[Callable[[Findings], Opinion | None], ...] = (
    signed_by_the_domain,
    sent_by_the_domain,
    vouched_for_by_sealers,
    handed_on_by_a_forwarder,
    refused_by_its_domain,
    nothing_was_concluded,
)


def level_of(found: Findings) -> Opinion:
    """The first opinion; the last question always has one."""
    for question in QUESTIONS:
        opinion = question(found)
        if opinion is not None:
            return opinion
    raise AssertionError("the last question always has an opinion")


def dmarc_result(has_record: bool, spf: Spf, dkim: tuple[Signature, ...]) -> Result:
    """DMARC's own result (RFC 9989 section 5.3). A failure needs every aligned way to have failed for certain."""
    if not has_record:
        return "none"
    ways: list[Result] = [each.result for each in dkim if each.is_aligned]
    ways += [spf.result] if spf.is_aligned else []
    if "pass" in ways:
        return "pass"
    if "temperror" in ways:
        return "temperror"
    return "fail" if spf.host else "none"


def at_this_desk(verdict: Verdict, *, is_one_of_us: bool, bears_our_name: bool = False) -> Verdict:
    """The verdict where From may be an address of the desk or of an agent: those are proved, or they are forged.

    A stranger may have the name of somebody on the team, and an attacker will: agents are warned (H-049).
    """
    if bears_our_name and not is_one_of_us:
        return replace(verdict, warnings=(*verdict.warnings, "The sender calls himself like somebody on your team."))
    if not is_one_of_us or verdict.is_proved:
        return verdict
    return replace(verdict, level=Level.A0, why="The mail says it comes from one of us, and nothing proves it.")
