"""Putting mail into the outbox: one row for each recipient, whatever kind of mail it is."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from models.actions.references import remember_message_id
from models.database import db
from models.mailbox import Mailbox
from models.message import Message
from models.message_ids import new_message_id
from models.outbox import Outbox
from models.ticket import Participant

HUMAN_PATIENCE = timedelta(days=5)
AUTOMATIC_PATIENCE = timedelta(hours=4)  # an acknowledgement that comes tomorrow is noise

now = func.clock_timestamp


def queue_mail(
    key: str,
    kind: str,
    mailbox: Mailbox,
    rcpt: str,
    keys: Sequence[bytes],
    *,
    automatic: bool,
    ticket_id: int | None = None,
    message_id: int | None = None,
    participant_id: int | None = None,
    agent_id: int | None = None,
    said: dict[str, Any] | None = None,
    addressed_as: str | None = None,
    undo_seconds: int = 0,
) -> Outbox | None:
    """One mail from `mailbox` to the stored address `rcpt`; None where `key` has queued one before.

    `kind` names the maker of the bytes in `jobs/makers.py`. Automatic mail is sent at most once and given up
    after four hours, a person's at least once and for five days. Whoever queues mail for a message records
    `MailQueued`, which rings for the worker; without a message the sweep finds it.
    """
    outbox_id = uuid4()
    domain = mailbox.address.rpartition("@")[2]
    rfc_message_id = new_message_id(keys, outbox_id, ticket_id, participant_id, domain)
    queued = insert(Outbox).values(
        id=outbox_id,
        idempotency_key=key,
        kind=kind,
        automatic=automatic,
        mailbox_id=mailbox.id,
        ticket_id=ticket_id,
        message_id=message_id,
        participant_id=participant_id,
        agent_id=agent_id,
        said=said,
        mail_from=mailbox.address,
        rcpt=rcpt,
        addressed_as=addressed_as,
        rfc_message_id=rfc_message_id,
        next_attempt_at=now() + timedelta(seconds=undo_seconds),
        give_up_at=now() + (AUTOMATIC_PATIENCE if automatic else HUMAN_PATIENCE),
    )
    queued = queued.on_conflict_do_nothing(index_elements=["idempotency_key"])
    if db.session.scalar(queued.returning(Outbox.id)) is None:
        return None
    if message_id is not None:
        remember_message_id(message_id, "out", rfc_message_id.strip("<>"), outbox_id)
    return db.session.get_one(Outbox, outbox_id)


def queue_reply_to(
    participant: Participant,
    message: Message,
    mailbox: Mailbox,
    keys: Sequence[bytes],
    *,
    addressed_as: str | None = None,
    undo_seconds: int = 0,
) -> Outbox | None:
    """The mail of a reply to one participant of its ticket; None where that was queued before."""
    return queue_mail(
        f"reply:{message.id}:{participant.id}",
        "reply",
        mailbox,
        participant.address_as_written,
        keys,
        automatic=False,
        ticket_id=participant.ticket_id,
        message_id=message.id,
        participant_id=participant.id,
        addressed_as=addressed_as,
        undo_seconds=undo_seconds,
    )


def recipients(ticket_id: int) -> Sequence[Participant]:
    """Who gets the public messages of a ticket now."""
    present = select(Participant).where(Participant.ticket_id == ticket_id, Participant.left_at.is_(None))
    return db.session.scalars(present.order_by(Participant.id)).all()
