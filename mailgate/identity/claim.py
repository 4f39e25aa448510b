"""What a mail claims about its sender, and whoever judges it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from mailgate.identity.verdict import Level, Verdict
from mailgate.inbound import Address


@dataclass(frozen=True, slots=True)
class Claim:
    """The mail as it came over the wire, the From that was read from it, and the host that handed it in.

    `peer_ip` is None where nobody connected (an import, the example desk); `mail_from` is '' for the null sender.
    """

    raw: bytes = field(repr=False)
    sender: Address | None = None
    problems: tuple[str, ...] = ()
    peer_ip: str | None = None
    helo: str = ""
    mail_from: str = ""


Judge = Callable[[Claim], Verdict]
"""Never raises and takes no longer than a few seconds: trouble of ours or of the DNS is an unknown sender, A1."""


def unchecked(claim: Claim) -> Verdict:
    """A judge that looks nothing up."""
    if claim.sender is None:
        return Verdict(Level.A0, why="The mail names no sender.", ambiguous_because=claim.problems)
    if claim.problems:
        return Verdict(
            Level.A0,
            claim.sender.email,
            why=f"It is not certain who wrote this: {claim.problems[0]}",
            ambiguous_because=claim.problems,
        )
    return Verdict(from_address=claim.sender.email)
