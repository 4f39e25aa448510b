"""The ledger: what was accepted, and what each mail became."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from models.custody import InboundDelivery, InboundMessage
from models.database import db


@dataclass(frozen=True)
class Ledger:
    """Deliveries accepted, by what they became; `waiting` are not filed yet, `dead` could not be."""

    accepted: int
    by_decision: dict[str, int]
    waiting: int
    dead: int

    @property
    def balanced(self) -> bool:
        """Whether every accepted delivery is accounted for, and none was given up."""
        return self.accepted == sum(self.by_decision.values()) + self.waiting + self.dead and self.dead == 0


def ledger() -> Ledger:
    """Count the whole ledger."""
    counted = (
        select(InboundMessage.state, InboundDelivery.decision, func.count())
        .join(InboundDelivery, InboundDelivery.inbound_id == InboundMessage.id, isouter=True)
        .group_by(InboundMessage.state, InboundDelivery.decision)
    )
    by_decision: dict[str, int] = {}
    waiting = dead = accepted = 0
    for state, decision, number in db.session.execute(counted):
        accepted += number
        if state == "dead":
            dead += number
        elif state != "done":
            waiting += number
        elif decision is not None:
            by_decision[decision] = by_decision.get(decision, 0) + number
    return Ledger(accepted, by_decision, waiting, dead)


def last_mails(limit: int = 100) -> Sequence[tuple[InboundMessage, InboundDelivery]]:
    """The newest mails with each delivery, newest first."""
    wanted = (
        select(InboundMessage, InboundDelivery)
        .join(InboundDelivery, InboundDelivery.inbound_id == InboundMessage.id)
        .order_by(InboundMessage.received_at.desc())
        .limit(limit)
    )
    return db.session.execute(wanted).all()
