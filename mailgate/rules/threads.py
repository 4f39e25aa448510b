"""Which ticket a mail belongs to, and whether its sender may join it."""

from enum import StrEnum
from typing import Literal

from mailgate.decision import AddToTicket, Decision, Facts, HoldOnTicket, OpenTicket, SetAside, Thread
from mailgate.identity.verdict import Level


class Fate(StrEnum):
    JOIN = "join"
    JOIN_UNVERIFIED = "join, sender not verified"
    HOLD = "hold on the ticket"
    NEW = "new ticket, linked for agents"
    ASIDE = "held mail"


Standing = Literal["owner", "participant", "stranger"]

J, F, H, N, A = Fate.JOIN, Fate.JOIN_UNVERIFIED, Fate.HOLD, Fate.NEW, Fate.ASIDE

# Evidence and who brings it; then what becomes of the mail at A0, A1, A2, A3 (mail-safety 2.4, the join matrix).
JOIN_MATRIX: dict[tuple[str, Standing], tuple[Fate, Fate, Fate, Fate]] = {
    ("K1", "owner"):       (H, F, J, J),
    ("K1", "participant"): (H, H, J, J),
    ("K1", "stranger"):    (H, H, H, H),
    ("K2", "participant"): (H, F, J, J),
    ("K2", "stranger"):    (A, N, N, N),
    ("K3", "participant"): (H, F, J, J),
    ("K3", "stranger"):    (A, N, N, N),
    ("K4", "participant"): (A, N, J, J),
    ("K4", "stranger"):    (A, N, N, N),
}  # fmt: skip


def standing(thread: Thread) -> Standing:
    """What the sender is to the ticket. Only a reply address has an owner."""
    if thread.strength == "K1" and thread.sender_is_owner and thread.agent is None:
        return "owner"
    return "participant" if thread.sender_takes_part and thread.agent is None else "stranger"


def fate(thread: Thread, level: Level) -> Fate:
    return JOIN_MATRIX[thread.strength, standing(thread)][level]


def answers_a_ticket(facts: Facts) -> Decision | None:
    """Evidence points to a ticket. Whoever takes part in it goes on there; a stranger never gets in by knowing an id.

    Mailboxes are borders of access: a mail that comes to another one does not go on across it.
    """
    thread = facts.thread
    if thread is None:
        return None
    if thread.removed_as:
        return answers_what_was_removed(facts, thread)
    evidence = evidence_of(thread, facts)
    if facts.inbound.sender_problems or facts.level is Level.A0:
        why = f"It names {thing_named(thread)}, but it is not certain who wrote it."
        return OpenTicket(why, may_belong_to=thread.ticket_id, evidence=evidence)
    if thread.mailbox_id != facts.mailbox_id:
        why = f"It names {thing_named(thread)}, which belongs to another mailbox."
        return OpenTicket(why, may_belong_to=thread.ticket_id, evidence=evidence)
    match fate(thread, facts.level):
        case Fate.JOIN | Fate.JOIN_UNVERIFIED as joins:
            return goes_on(thread, evidence, verified=joins is Fate.JOIN)
        case Fate.HOLD:
            return HoldOnTicket(why_held(thread, facts), ticket_id=thread.ticket_id, evidence=evidence)
        case _:
            return OpenTicket(why_apart(thread), may_belong_to=thread.ticket_id, evidence=evidence)


def goes_on(thread: Thread, evidence: dict[str, str], *, verified: bool) -> Decision:
    if not thread.may_reopen:
        why = f"It answers {thread.ref}, which has been finished for too long to go on with."
        return OpenTicket(why, follow_up_of=thread.ticket_id, evidence=evidence)
    doubt = "" if verified else " Nothing proves that it is from there."
    who = "came to its sender's own reply address" if standing(thread) == "owner" else f"answers {thing_named(thread)}"
    part = "" if standing(thread) == "owner" else ", and its sender takes part in that ticket"
    on = f" on {thread.ref}" if standing(thread) == "owner" else ""
    return AddToTicket(f"It {who}{on}{part}.{doubt}", ticket_id=thread.ticket_id, evidence=evidence)


def answers_what_was_removed(facts: Facts, thread: Thread) -> Decision | None:
    """A ticket that was deleted, or was spam, goes on nowhere; and a guessed reference does not even lead to it."""
    if thread.strength == "K4":
        return None
    was = "was spam" if thread.removed_as == "spam" else "was deleted"
    return SetAside(f"It answers {thread.ref}, which {was}.", folder="held", evidence=evidence_of(thread, facts))


def held_at_a0(facts: Facts) -> Thread | None:
    """The ticket on which a mail that is not to be believed is held; None where it waits under Held mail."""
    thread = facts.thread
    if thread is None or thread.removed_as or thread.mailbox_id != facts.mailbox_id:
        return None
    return thread if fate(thread, Level.A0) is Fate.HOLD else None


def new_matter(facts: Facts) -> Decision | None:
    """Everything else is a new ticket."""
    return OpenTicket("It answers no mail that this desk knows.")


def evidence_of(thread: Thread, facts: Facts) -> dict[str, str]:
    return {
        "strength": thread.strength,
        "id": thread.named_id,
        "ticket": thread.ref,
        "sender": standing(thread),
        "level": facts.level.name,
    }


def thing_named(thread: Thread) -> str:
    things = {
        "K1": f"a reply address of {thread.ref}",
        "K2": f"a mail of ours on {thread.ref}",
        "K3": f"an earlier mail on {thread.ref}",
        "K4": f"the reference {thread.ref}",
    }
    return things[thread.strength]


def why_held(thread: Thread, facts: Facts) -> str:
    if standing(thread) == "participant":
        return "Its sender takes part in this ticket, but used another person's reply address, and nothing proves who wrote."
    return f"Its sender, {facts.sender}, takes no part in this ticket and used the reply address of somebody who does."


def why_apart(thread: Thread) -> str:
    if standing(thread) == "participant":
        return f"Its subject names {thread.ref}, and nothing proves that it is from somebody on that ticket."
    return f"It names {thing_named(thread)}, but its sender takes no part in that ticket."
