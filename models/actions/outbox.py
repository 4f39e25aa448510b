"""The outbox: what is to be sent, to whom, and how far it has come."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import select

from models.actions.references import remember_message_id
from models.database import db
from models.events import MailQueued, record
from models.mailbox import Mailbox
from models.message import Message
from models.message_ids import new_message_id
from models.outbox import Outbox
from models.ticket import Participant, Ticket


def queue_reply(ticket: Ticket, message: Message, keys: Sequence[bytes]) -> None:
    """One row for each participant of the locked ticket: mail goes to stored addresses and to no other."""
    mailbox = db.session.get_one(Mailbox, ticket.mailbox_id)
    domain = mailbox.address.rpartition("@")[2]
    for participant in recipients(ticket.id):
        outbox_id = uuid4()
        message_id = new_message_id(keys, outbox_id, ticket.id, participant.id, domain)
        row = Outbox(
            id=outbox_id,
            idempotency_key=f"reply:{message.id}:{participant.id}",
            kind="reply",
            ticket_id=ticket.id,
            message_id=message.id,
            participant_id=participant.id,
            mail_from=mailbox.address,
            rcpt=participant.address_as_written,
            rfc_message_id=message_id,
        )
        db.session.add(row)
        db.session.flush()
        remember_message_id(message.id, "out", message_id.strip("<>"), outbox_id)
    record(MailQueued(ticket.id, message.id))


def recipients(ticket_id: int) -> Sequence[Participant]:
    """Who gets the public messages of a ticket now."""
    present = select(Participant).where(Participant.ticket_id == ticket_id, Participant.left_at.is_(None))
    return db.session.scalars(present.order_by(Participant.id)).all()
