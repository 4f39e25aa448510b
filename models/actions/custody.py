"""Custody: who works on a kept mail, and what became of it. Every time is the database's."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text, update

from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.text import clean_text

LEASE = timedelta(seconds=120)
LONGEST_PAUSE_SECONDS = 300
FILERS_BELL = "inbound"

now = func.clock_timestamp


def claim_mails(owner: str, limit: int) -> Sequence[InboundMessage]:
    """Lease due mails to `owner`, those of dead owners among them, oldest first. The caller commits at once."""
    due = or_(
        and_(InboundMessage.state.in_(("accepted", "retry")), InboundMessage.next_attempt_at <= now()),
        and_(InboundMessage.state == "processing", InboundMessage.lease_until < now()),
    )
    chosen = (
        select(InboundMessage.id)
        .where(due)
        .order_by(InboundMessage.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    lease = (
        update(InboundMessage)
        .where(InboundMessage.id.in_(chosen))
        .values(
            state="processing", attempts=InboundMessage.attempts + 1, lease_owner=owner, lease_until=now() + LEASE
        )
        .returning(InboundMessage)
    )
    mails = db.session.scalars(lease, execution_options={"populate_existing": True}).all()
    return sorted(mails, key=lambda mail: mail.received_at)


def deliveries_of(inbound_id: UUID) -> Sequence[InboundDelivery]:
    """The addresses of ours that the mail came to."""
    wanted = select(InboundDelivery).where(InboundDelivery.inbound_id == inbound_id)
    return db.session.scalars(wanted.order_by(InboundDelivery.rcpt)).all()


def lock_sender(mailbox_id: int, sender: str) -> None:
    """One mail of a sender at a time at one mailbox, until the transaction ends: the second sees the first."""
    key = f"{mailbox_id}|{sender}"
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


def settle_delivery(
    delivery: InboundDelivery,
    decision: str,
    rule: str,
    evidence: dict[str, Any],
    ticket_id: int | None = None,
    message_id: int | None = None,
) -> None:
    """Write down what became of the mail at one address, by which rule, and why."""
    delivery.decision = decision
    delivery.rule = rule
    delivery.evidence = evidence
    delivery.ticket_id = ticket_id
    delivery.message_id = message_id


def finish_mail(inbound_id: UUID, owner: str) -> bool:
    """The mail is filed. False when the lease is somebody else's by now: then nothing of this may be committed."""
    done = (
        update(InboundMessage)
        .where(InboundMessage.id == inbound_id, InboundMessage.lease_owner == owner, InboundMessage.state == "processing")
        .values(state="done", filed_at=now(), lease_owner=None, lease_until=None, error_class=None, last_error=None)
    )
    return db.session.execute(done).rowcount == 1


def put_back(inbound_id: UUID, owner: str, error: BaseException | None, *, counts: bool) -> None:
    """Give the mail back, to be tried later. `counts` is False for trouble that is not the mail's own fault."""
    tried = InboundMessage.attempts if counts else InboundMessage.attempts - 1
    pause = func.least(func.power(2, InboundMessage.attempts), LONGEST_PAUSE_SECONDS) * text("interval '1 second'")
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.id == inbound_id, InboundMessage.lease_owner == owner, InboundMessage.state == "processing")
        .values(
            state="retry" if error else "accepted",
            attempts=tried,
            next_attempt_at=now() + pause if error else now(),
            lease_owner=None,
            lease_until=None,
            error_class=type(error).__name__ if error else None,
            last_error=clean_text(str(error), 2000) if error else None,
        )
    )


def bury(inbound_id: UUID, owner: str, error: BaseException) -> None:
    """Not even a skeleton could be filed: kept, shown in red, and run again by hand."""
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.id == inbound_id, InboundMessage.lease_owner == owner)
        .values(
            state="dead",
            lease_owner=None,
            lease_until=None,
            error_class=type(error).__name__,
            last_error=clean_text(str(error), 2000),
        )
    )
