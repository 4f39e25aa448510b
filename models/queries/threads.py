"""Finding the message, the mail of ours and the ticket that a Message-ID stands for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, ColumnElement, DateTime, LargeBinary, Uuid, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

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


@dataclass(frozen=True)
class EarlierAsked:
    """Message-IDs of which a customer's earlier mail to the mailbox may have carried one, the best witness first."""

    named_ids: Sequence[str]
    mailbox_id: int
    filed_before: datetime | None = None


def earlier_mails(asked: Sequence[EarlierAsked]) -> list[Found | None]:
    """For each, the first of its ids that an earlier mail to the same mailbox carried."""
    found: list[Found | None] = [None for _ in asked]
    hashed = [{id_hash(named_id): named_id for named_id in each.named_ids} for each in asked]
    carriers = carriers_of(hashed, asked)
    for place, each in enumerate(asked):
        for key, named_id in hashed[place].items():
            if (place, key) in carriers:
                found[place] = Found(named_id, *carriers[place, key], each.mailbox_id, None)
                break
    return found


def carriers_of(
    hashed: Sequence[Collection[bytes]], asked: Sequence[EarlierAsked]
) -> dict[tuple[int, bytes], tuple[int, int]]:
    """By place and hash of an id, the message that carried it and the ticket whose people that is for."""
    rows = [(place, key) for place, keys in enumerate(hashed) for key in keys]
    if not rows:
        return {}
    columns = (
        cast([place for place, _ in rows], ARRAY(BigInteger)),
        cast([key for _, key in rows], ARRAY(LargeBinary)),
        cast([asked[place].mailbox_id for place, _ in rows], ARRAY(BigInteger)),
        cast([asked[place].filed_before for place, _ in rows], ARRAY(DateTime(timezone=True))),
    )
    one = func.unnest(*columns).table_valued("place", "id_hash", "mailbox_id", "filed_before").render_derived()
    wanted = (
        select(one.c.place, one.c.id_hash, Message.id, home_ticket())
        .join(MessageReference, MessageReference.id_hash == one.c.id_hash)
        .join(Message, Message.id == MessageReference.message_id)
        .where(
            MessageReference.direction == "in",
            Message.mailbox_id == one.c.mailbox_id,
            Message.held_reason.is_(None),
            or_(one.c.filed_before.is_(None), Message.created_at < one.c.filed_before),
        )
        .order_by(Message.id.desc())
    )
    # Where one id stands for several mails, the oldest remains.
    return {(place, key): (message_id, ticket_id) for place, key, message_id, ticket_id in db.session.execute(wanted)}


def tickets_by_id(ticket_ids: Collection[int]) -> list[Ticket]:
    """These tickets, so that asking for one of them soon after asks nobody."""
    if not ticket_ids:
        return []
    return list(db.session.scalars(select(Ticket).where(Ticket.id.in_(ticket_ids))))


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


def present_on(ticket_ids: Collection[int], addresses: Collection[str]) -> set[tuple[int, str]]:
    """Which of the normalised addresses are present participants of which of these tickets."""
    if not ticket_ids:
        return set()
    present = select(Participant.ticket_id, Participant.address).where(
        Participant.ticket_id.in_(ticket_ids), Participant.address.in_(addresses), Participant.left_at.is_(None)
    )
    return {(ticket_id, address) for ticket_id, address in db.session.execute(present)}


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


@dataclass(frozen=True)
class SameAsked:
    """A mail whose likes are looked for: those of two weeks, or with `ever` all, filed before `filed_before` or ever."""

    semantic_key: bytes
    inbound_id: UUID
    filed_before: datetime | None = None
    ever: bool = False


def same_mails(asked: Sequence[SameAsked]) -> list[list[InboundDelivery]]:
    """For each, what mails with the same sender, id and words became that were filed before, the first filed first."""
    if not asked:
        return []
    columns = (
        cast([each.semantic_key for each in asked], ARRAY(LargeBinary)),
        cast([each.inbound_id for each in asked], ARRAY(Uuid)),
        cast([each.filed_before for each in asked], ARRAY(DateTime(timezone=True))),
        cast([each.ever for each in asked], ARRAY(Boolean)),
    )
    names = ("semantic_key", "inbound_id", "filed_before", "ever")
    one = func.unnest(*columns).table_valued(*names, with_ordinality="number").render_derived()
    # Two questions: in one, a Postgres that has no statistics yet reads all deliveries to find none.
    like = select(InboundMessage.id, InboundMessage.filed_at, InboundMessage.received_at).where(
        InboundMessage.semantic_key == one.c.semantic_key,
        InboundMessage.id != one.c.inbound_id,
        or_(one.c.ever, InboundMessage.received_at > func.statement_timestamp() - DUPLICATES_WITHIN),
        or_(one.c.filed_before.is_(None), InboundMessage.filed_at < one.c.filed_before),
    )
    order = InboundMessage.filed_at, InboundMessage.received_at
    some = like.order_by(*order).limit(MOST_DUPLICATES).lateral()
    rows = select(one.c.number, some.c.id).select_from(one).join(some, true())
    mails = db.session.execute(rows.order_by(one.c.number, some.c.filed_at, some.c.received_at)).all()
    found: list[list[InboundDelivery]] = [[] for _ in asked]
    decided = decided_of({mail for _, mail in mails})
    for number, mail in mails:
        found[number - 1] += decided.get(mail, [])
    return found


def decided_of(inbound_ids: Collection[UUID]) -> dict[UUID, list[InboundDelivery]]:
    """What each of the mails became, at each of its addresses where that is decided."""
    found: dict[UUID, list[InboundDelivery]] = {}
    if inbound_ids:
        wanted = select(InboundDelivery).where(InboundDelivery.inbound_id.in_(inbound_ids), InboundDelivery.decision.is_not(None))
        for delivery in db.session.scalars(wanted):
            found.setdefault(delivery.inbound_id, []).append(delivery)
    return found
