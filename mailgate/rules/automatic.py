"""Answers that a machine gave."""

from mailgate.decision import Decision, Facts, RecordAutoReply, SetAside


def automatic_reply(facts: Facts) -> Decision | None:
    """An out-of-office note: shown where it belongs, and it wakes nobody (RFC 3834)."""
    if not facts.inbound.auto_reply:
        return None
    evidence = {"automatic": list(facts.inbound.automatic_evidence)}
    if facts.thread is not None and facts.thread.sender_takes_part:
        return RecordAutoReply(
            "An automatic reply from somebody on this ticket.", ticket_id=facts.thread.ticket_id, evidence=evidence
        )
    return SetAside("An automatic reply that belongs to no ticket.", folder="auto_reply", evidence=evidence)
