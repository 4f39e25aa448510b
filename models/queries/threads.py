"""Finding the message, the mail of ours and the ticket that a Message-ID stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true

from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.message import Message, MessageReference
from models.message_ids import id_hash, is_signed_for, looks_like_ours
from models.outbox import Outbox
from models.ticket import Participant, Ticket

MOST_MERGES = 10
DUPLICATES_WITHIN = timedelta(days=14)
MOST_DUPLICATES = 20


@dataclass(frozen=True)
class Found:
    """A known Message-ID: the message it stands for, and the outbox row where it is one of ours."""

    named_id: str
    message_id: int
    ticket_id: int
    mailbox_id: int
    outbox_id: UUID | None


def our_mail(named_ids: Sequence[str], keys: Sequence[bytes]) -> Found | None:
    """The first of `named_ids` that is a Message-ID we signed for a mail in the outbox."""
    ours = {id_hash(named_id): named_id for named_id in named_ids if looks_like_ours(named_id)}
    if not ours:
        return None
    rows = db.session.execute(
        select(
            MessageReference.id_hash, Outbox.id, Outbox.ticket_id, Outbox.participant_id,
            Message.id, home_ticket(), Message.mailbox_id,
        )
        .join(MessageReference, MessageReference.outbox_id == Outbox.id)
        .join(Message, Message.id == MessageReference.message_id)
        .where(MessageReference.id_hash.in_(ours), MessageReference.direction == "out")
    )  # fmt: skip
    known = {row[0]: row for row in rows}
    for hashed, named_id in ours.items():
        if hashed in known:
            _, outbox_id, sent_for, participant_id, message_id, ticket_id, mailbox_id = known[hashed]
            if is_signed_for(keys, named_id, outbox_id, sent_for, participant_id):
                return Found(named_id, message_id, ticket_id, mailbox_id, outbox_id)
    return None


def earlier_mail(named_ids: Sequence[str], mailbox_id: int, filed_before: datetime | None = None) -> Found | None:
    """The first of `named_ids` that a customer's earlier mail to the same mailbox carried."""
    hashed = {id_hash(named_id): named_id for named_id in named_ids}
    if not hashed:
        return None
    rows = db.session.execute(
        select(MessageReference.id_hash, Message.id, home_ticket())
        .join(MessageReference, MessageReference.message_id == Message.id)
        .where(
            MessageReference.id_hash.in_(hashed),
            MessageReference.direction == "in",
            Message.mailbox_id == mailbox_id,
            Message.held_reason.is_(None),
            true() if filed_before is None else Message.created_at < filed_before,
        )
        .order_by(Message.id.desc())
    )
    known = {row[0]: row for row in rows}  # where one id stands for several mails, the oldest remains
    for key, named_id in hashed.items():
        if key in known:
            return Found(named_id, known[key][1], known[key][2], mailbox_id, None)
    return None


def home_ticket() -> ColumnElement[int]:
    """The ticket whose people the message is for: after a merge not always the one it stands on."""
    return func.coalesce(Message.audience_id, Message.ticket_id)


def ticket_referred_to(ref: str) -> int | None:
    """The ticket that people call by this reference."""
    return db.session.scalar(select(Ticket.id).where(Ticket.ref == ref))


def trail_of(ticket_id: int) -> list[Ticket]:
    """The ticket, the one it was merged into, and so on to the living one at the end.

    Empty where the trail is lost, goes in a circle, or on and on.
    """
    trail: list[Ticket] = []
    for _ in range(MOST_MERGES + 1):
        ticket = db.session.get(Ticket, ticket_id)
        if ticket is None:
            return []
        trail.append(ticket)
        if ticket.merged_into_id is None:
            return trail
        ticket_id = ticket.merged_into_id
    return []


def merged_into(ticket: Ticket) -> list[int]:
    """The tickets of the same customer that go on in this one: who took part in them takes part here."""
    merged = select(Ticket.id).where(Ticket.merged_into_id == ticket.id, Ticket.customer_id == ticket.customer_id)
    return list(db.session.scalars(merged))


def takes_part(ticket_ids: Sequence[int], address: str) -> bool:
    """Whether the normalised `address` is a present participant of any of the tickets."""
    present = select(Participant.id).where(
        Participant.ticket_id.in_(ticket_ids), Participant.address == address, Participant.left_at.is_(None)
    )
    return db.session.scalar(present.limit(1)) is not None


def sent_mail(message_id: str, mailbox_id: int) -> Found | None:
    """The mail that this desk has sent from the mailbox under `message_id`."""
    row = db.session.execute(
        select(Message.id, Message.ticket_id, MessageReference.outbox_id)
        .join(Message, Message.id == MessageReference.message_id)
        .where(
            MessageReference.id_hash == id_hash(message_id),
            MessageReference.direction == "out",
            Message.mailbox_id == mailbox_id,
        )
    ).first()
    return None if row is None else Found(message_id, row[0], row[1], mailbox_id, row[2])


def same_mail(
    semantic_key: bytes, inbound_id: UUID, filed_before: datetime | None = None, *, ever: bool = False
) -> list[InboundDelivery]:
    """What mails with the same sender, id and words became that were filed before, the first filed first.

    Of two weeks; or `ever`, for mail of the past.
    """
    # Two questions: in one, a Postgres that has no statistics yet reads all deliveries to find none.
    same = select(InboundMessage.id).where(
        InboundMessage.semantic_key == semantic_key,
        InboundMessage.id != inbound_id,
    )
    if not ever:
        same = same.where(InboundMessage.received_at > func.statement_timestamp() - DUPLICATES_WITHIN)
    if filed_before is not None:
        same = same.where(InboundMessage.filed_at < filed_before)
    mails = db.session.scalars(same.order_by(InboundMessage.filed_at, InboundMessage.received_at).limit(MOST_DUPLICATES)).all()
    if not mails:
        return []
    decided = select(InboundDelivery).where(InboundDelivery.inbound_id.in_(mails), InboundDelivery.decision.is_not(None))
    return sorted(db.session.scalars(decided), key=lambda delivery: mails.index(delivery.inbound_id))
