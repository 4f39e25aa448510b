"""What a mail claims about its sender, and whoever judges it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailgate.identity.verdict import Level, Verdict
from mailgate.inbound import Inbound


@dataclass(frozen=True, slots=True)
class Claim:
    """The mail as it came over the wire, how it was read, and the host that handed it in.

    `peer_ip` is None where nobody connected (an import, the example desk); `mail_from` is '' for the null sender.
    """

    raw: bytes = field(repr=False)
    inbound: Inbound
    peer_ip: str | None = None
    helo: str = ""
    mail_from: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


Judge = Callable[[Claim], Verdict]
"""Never raises and takes no longer than a few seconds: trouble of ours or of the DNS is an unknown sender, A1."""


def unchecked(claim: Claim) -> Verdict:
    """A judge that looks nothing up: what From itself betrays is found all the same."""
    sender, problems = claim.inbound.sender, claim.inbound.sender_problems
    if sender is None:
        return Verdict(Level.A0, why="The mail names no sender.", ambiguous_because=problems)
    if problems:
        why = f"It is not certain who wrote this: {problems[0]}"
        return Verdict(Level.A0, sender.email, why=why, ambiguous_because=problems)
    return Verdict(from_address=sender.email)
