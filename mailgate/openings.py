"""What follows from the tickets that mails have opened: who wrote may hear that it has come, or must be left alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from mailgate.acknowledgement import acknowledgement
from mailgate.apply import Outcome
from mailgate.decision import Facts, Ruling
from mailgate.identity.verdict import Level
from models.actions.acknowledgements import Acknowledge, acknowledge_all, leave_alone
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
    wanted: list[Acknowledge] = []
    why_not: dict[int, str] = {}
    for each in opened:
        if must_be_left_alone(each.facts):
            leave_alone(each.ticket_id)
        verdict = acknowledgement(each.facts, each.ruling, unverified_too=acknowledges_anybody(each.facts.mailbox_id))
        if verdict.is_due:
            wanted.append(order_for(each, verdict.form))
        else:
            why_not[each.ticket_id] = verdict.why_not
    why_not |= acknowledge_all(wanted)
    for each in opened:
        note(each, why_not[each.ticket_id])


def must_be_left_alone(facts: Facts) -> bool:
    """Whether no machine of ours may ever write to whoever opened this ticket."""
    inbound = facts.inbound
    return inbound.automatic or not inbound.may_be_answered or not facts.mail_from or facts.level is Level.A0


def acknowledges_anybody(mailbox_id: int) -> bool:
    return bool(db.session.scalar(select(Mailbox.acks_unverified).where(Mailbox.id == mailbox_id)))


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
