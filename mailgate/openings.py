"""What follows from the tickets that mails have opened: who wrote may hear that it has come, or must be left alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from mailgate.acknowledgement import acknowledgement
from mailgate.apply import Outcome
from mailgate.decision import Facts, Ruling
from models.actions.acknowledgements import Acknowledge, acknowledge_all
from models.custody import InboundDelivery
from models.database import db
from models.mailbox import Mailbox


@dataclass(frozen=True)
class Opened:
    """A new ticket, why it was opened, and the deliveries of the mail that did it."""

    facts: Facts
    ruling: Ruling
    outcome: Outcome
    deliveries: Sequence[InboundDelivery]
    peer_ip: str = ""

    @property
    def ticket_id(self) -> int:
        assert self.outcome.ticket_id is not None
        return self.outcome.ticket_id


def acknowledge_openings(opened: Sequence[Opened]) -> None:
    """Acknowledge what may be acknowledged, and write beside each mail why it was not. Last in the transaction."""
    acknowledge_due(due_of(opened))


def due_of(opened: Sequence[Opened]) -> list[tuple[Opened, Acknowledge]]:
    """What is to be acknowledged; beside every other mail is written why it is not."""
    anybody = those_that_acknowledge_anybody({each.facts.mailbox_id for each in opened})
    due: list[tuple[Opened, Acknowledge]] = []
    for each in opened:
        verdict = acknowledgement(each.facts, each.ruling, unverified_too=each.facts.mailbox_id in anybody)
        if verdict.is_due:
            due.append((each, order_for(each, verdict.form)))
        else:
            note(each, verdict.why_not)
    return due


def acknowledge_due(due: Sequence[tuple[Opened, Acknowledge]]) -> None:
    """Acknowledge these, as far as their addresses and budgets allow. Last in the transaction."""
    why_not = acknowledge_all([order for _, order in due])
    for each, order in due:
        note(each, why_not[order.ticket_id])


def those_that_acknowledge_anybody(mailbox_ids: Collection[int]) -> set[int]:
    """Of these mailboxes, those that acknowledge also mail of which it is not certain who wrote it."""
    if not mailbox_ids:
        return set()
    with db.session.no_autoflush:  # what was opened is written once it is known what is said beside it
        return set(db.session.scalars(select(Mailbox.id).where(Mailbox.id.in_(mailbox_ids), Mailbox.acks_unverified)))


def order_for(each: Opened, form: str) -> Acknowledge:
    facts = each.facts
    assert each.outcome.message_id is not None
    return Acknowledge(
        ticket_id=each.ticket_id,
        message_id=each.outcome.message_id,
        address=facts.sender,
        form=str(form),
        source=f"{facts.sender}|{facts.inbound.message_id or facts.inbound_id}",
        source_ip=facts.verdict.spf.host or each.peer_ip,
    )


def note(each: Opened, why_not: str) -> None:
    """Let the mail's own page say whether its writer heard from us."""
    said = f"no: {why_not}" if why_not else "yes"
    for delivery in each.deliveries:
        delivery.evidence = {**delivery.evidence, "acknowledged": said}
