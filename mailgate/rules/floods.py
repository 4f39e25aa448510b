"""More new tickets from one place than anybody could have meant."""

from mailgate.decision import Decision, Facts, HoldOnTicket, OpenTicket
from mailgate.rules.threads import answers_a_ticket

FLOOD_TAG = "flood"


def part_of_a_flood(facts: Facts) -> Decision | None:
    """What would open one more ticket goes into one that holds them all. Answers in a conversation do not."""
    flood = facts.flood
    if flood is None or not isinstance(answers_a_ticket(facts) or OpenTicket(""), OpenTicket):
        return None
    evidence = {"source": flood.source}
    if flood.ticket_id is None:
        why = f"Too many new mails came from {flood.source} at once: from here on they lie in this ticket."
        return OpenTicket(why, tags=(FLOOD_TAG,), flood_of=flood.source, evidence=evidence)
    return HoldOnTicket(f"One of many mails from {flood.source}.", ticket_id=flood.ticket_id, evidence=evidence)
