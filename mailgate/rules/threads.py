"""Which ticket a mail belongs to, and whether its sender may join it."""

from mailgate.decision import AddToTicket, Decision, Facts, OpenTicket, Thread


def answers_a_ticket(facts: Facts) -> Decision | None:
    """Evidence points to a ticket. Whoever takes part in it goes on there; a stranger never gets in by knowing an id.

    Mailboxes are borders of access: a mail that comes to another one does not go on across it.
    """
    thread = facts.thread
    if thread is None:
        return None
    evidence = {"strength": thread.strength, "id": thread.named_id, "ticket": thread.ref}
    if facts.inbound.sender_problems:
        why = f"It names a mail of {thread.ref}, but it is not certain who wrote it."
        return OpenTicket(why, may_belong_to=thread.ticket_id, evidence=evidence)
    if not thread.sender_takes_part:
        why = f"It names a mail of {thread.ref}, but its sender takes no part in that ticket."
        return OpenTicket(why, may_belong_to=thread.ticket_id, evidence=evidence)
    if thread.mailbox_id != facts.mailbox_id:
        why = f"It answers {thread.ref}, which belongs to another mailbox."
        return OpenTicket(why, may_belong_to=thread.ticket_id, evidence=evidence)
    if not thread.may_reopen:
        why = f"It answers {thread.ref}, which has been finished for too long to go on with."
        return OpenTicket(why, follow_up_of=thread.ticket_id, evidence=evidence)
    return AddToTicket(reason(thread), ticket_id=thread.ticket_id, evidence=evidence)


def reason(thread: Thread) -> str:
    named = "a mail of ours" if thread.strength == "K2" else "an earlier mail"
    return f"It answers {named} on {thread.ref}, and its sender takes part in that ticket."


def new_matter(facts: Facts) -> Decision | None:
    """Everything else is a new ticket."""
    return OpenTicket("It answers no mail that this desk knows.")
