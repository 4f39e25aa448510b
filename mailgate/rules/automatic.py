"""Answers that a machine gave."""

from mailgate.decision import Decision, Facts, RecordAutoReply, SetAside
from mailgate.inbound import ABSENCE_BY_SUBJECT


def automatic_reply(facts: Facts) -> Decision | None:
    """An out-of-office note: shown where it belongs, and it wakes nobody (RFC 3834)."""
    if not facts.inbound.auto_reply:
        return None
    evidence = {"automatic": list(facts.inbound.automatic_evidence)}
    thread = facts.thread
    if thread is not None and thread.sender_takes_part and thread.mailbox_id == facts.mailbox_id:
        return RecordAutoReply(
            "An automatic reply from somebody on this ticket.", ticket_id=thread.ticket_id, evidence=evidence
        )
    if facts.inbound.automatic_evidence == (ABSENCE_BY_SUBJECT,):
        return None
    return SetAside("An automatic reply that belongs to no ticket.", folder="auto_reply", evidence=evidence)
