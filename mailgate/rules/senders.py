"""Who says he wrote, and whether that can be."""

from typing import Any

from mailgate.decision import Decision, Facts, HoldOnTicket, OpenTicket, SetAside
from mailgate.identity.verdict import Level
from mailgate.rules.threads import evidence_of, held_at_a0
from models.scanner import Scan


def carries_malware(facts: Facts) -> Decision | None:
    """A scanner knows a file of it. Asked before all that is less bad, so that whoever releases the mail knows."""
    found = [file for file in facts.inbound.files if file.scan == Scan.INFECTED]
    if not found:
        return None
    why = f"The malware scanner found {found[0].malware} in the file “{found[0].filename}”."
    return SetAside(why, folder="quarantine", evidence={"malware": {file.filename: file.malware for file in found}})


def could_not_be_read(facts: Facts) -> Decision | None:
    """A mail that broke its reader becomes a ticket all the same, with the original attached."""
    if facts.inbound.is_skeleton and facts.sender and not facts.sender_is_us and not facts.sender_is_agent:
        return OpenTicket("The mail could not be read; its original is attached.")
    return None


def nobody_can_be_named(facts: Facts) -> Decision | None:
    """Without a sender there is nobody to answer."""
    if facts.sender:
        return None
    return SetAside("The mail names no sender who could be answered.", folder="held")


def it_is_not_certain_who_wrote(facts: Facts) -> Decision | None:
    """Another reader of the same mail may see another From. A sender on the allow list is let through."""
    problems = facts.inbound.sender_problems
    if not problems or facts.sender_is_allowed:
        return None
    return held(facts, f"It is not certain who wrote this: {problems[0]}", problems=list(problems))


def claims_to_be_us(facts: Facts) -> Decision | None:
    """From names a mailbox of this desk, and this desk did not send it."""
    if facts.sender_is_us:
        return SetAside("The mail says it comes from this desk itself, and it does not.", folder="held")
    return None


def claims_to_be_an_agent(facts: Facts) -> Decision | None:
    """From is an agent's address, and nothing proves it. The agent hears of it; no report goes to anybody else."""
    if not facts.sender_is_agent or facts.level >= Level.A3:
        return None
    told = None if facts.inbound.auto_reply else facts.agent_id  # an absence notice claims nothing
    return held(facts, "The mail says it comes from somebody on the team, and nothing proves it.", agent_id=told)


def is_not_believed(facts: Facts) -> Decision | None:
    """The sender's own domain says that this mail is not from there. A sender on the allow list is let through."""
    if facts.level is not Level.A0 or facts.sender_is_allowed:
        return None
    return held(facts, facts.verdict.why)


def is_blocked(facts: Facts) -> Decision | None:
    """An agent has blocked the address."""
    if not facts.sender_is_blocked:
        return None
    return SetAside(f"Its sender, {facts.sender}, is blocked.", folder="quarantine")


def held(facts: Facts, why: str, *, agent_id: int | None = None, **evidence: Any) -> Decision:
    """Held on the ticket that the mail would have gone on with, else under Held mail."""
    on = held_at_a0(facts)
    if on is None:
        return SetAside(why, folder="held", agent_id=agent_id, evidence=evidence)
    evidence = evidence_of(on, facts) | evidence
    return HoldOnTicket(why, ticket_id=on.ticket_id, agent_id=agent_id, evidence=evidence)
