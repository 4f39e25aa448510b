"""Deliveries to webhooks: made from the log of events, leased, settled. Every time is the database's.

The log is read as sockets read it, so no event is missed and none is told twice; whoever reads it holds the one row that
says how far.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from models.database import db
from models.events import RecordedEvent
from models.queries.events import Position, end_of_log, events_after
from models.text import clean_text
from models.queries.restoring import may_leave
from models.webhook import DeliveryState, Webhook, WebhookDelivery, WebhookReader

LEASE = timedelta(seconds=60)
# Twelve tries in about three days; what has failed then waits in the log for somebody to replay it.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (0.25, 1, 5, 15, 60, 180, 360, 720, 720, 1440, 1440))
KEPT = timedelta(days=30)

BEGIN = "INSERT INTO webhook_reader (id, xid, event_id) VALUES (1, CAST(:xid AS text)::xid8, :id) ON CONFLICT DO NOTHING"
MOVE_ON = "UPDATE webhook_reader SET xid = CAST(:xid AS text)::xid8, event_id = :id"

now = func.clock_timestamp


@dataclass(frozen=True)
class Parcel:
    """One delivery that is leased to us, as plain values."""

    id: UUID
    owner: str
    webhook_id: int
    url: str
    secret: str
    kind: str
    payload: dict[str, Any]
    attempts: int


def has_webhooks() -> bool:
    return bool(db.session.scalar(select(exists().where(Webhook.is_active))))


def spread_events(limit: int = 500) -> int:
    """Make a delivery of each new event for each webhook that wants it. How many events were read. The caller commits.

    While every webhook rests nothing is read, and what happens meanwhile is told to none of them later.
    """
    if not has_webhooks():
        remember(MOVE_ON, end_of_log())
        return 0
    reader = db.session.get(WebhookReader, 1, with_for_update={"skip_locked": True}, populate_existing=True)
    if reader is None:
        return 0
    events, place = events_after(Position(int(reader.xid), reader.event_id), limit)
    webhooks = db.session.scalars(select(Webhook).where(Webhook.is_active)).all()
    for event in events:
        spread(event, webhooks)
    if events:
        remember(MOVE_ON, place)
    return len(events)


def begin_reading() -> None:
    """The desk has a webhook: what happens from now on is read for it."""
    remember(BEGIN, end_of_log())


def remember(statement: str, place: Position) -> None:
    db.session.execute(text(statement), {"xid": str(place.xid), "id": place.id})


def spread(event: RecordedEvent, webhooks: Sequence[Webhook]) -> None:
    for webhook in webhooks:
        if event.kind in webhook.kinds and event.created_at >= webhook.created_at:
            row = insert(WebhookDelivery).values(
                id=uuid4(), webhook_id=webhook.id, event_id=event.id, kind=event.kind, payload=payload_of(event)
            )
            db.session.execute(row.on_conflict_do_nothing())


def payload_of(event: RecordedEvent) -> dict[str, Any]:
    """Ids and kinds, as on the sockets; whoever wants the words asks the API, where rights are decided."""
    told = {"id": event.id, "type": event.kind, "created_at": event.created_at.isoformat(), "ticket_id": event.ticket_id}
    return told | {"is_internal": event.is_internal} | event.ids


def is_due() -> ColumnElement[bool]:
    waiting = and_(
        WebhookDelivery.state.in_([DeliveryState.QUEUED, DeliveryState.RETRY]), WebhookDelivery.next_attempt_at <= now()
    )
    abandoned = and_(WebhookDelivery.state == DeliveryState.LEASED, WebhookDelivery.lease_until < now())
    return and_(or_(waiting, abandoned), may_leave())


def claim_delivery(sender: str) -> Parcel | None:
    """Lease the delivery that has been due longest, or None. The caller commits at once."""
    due = (
        select(WebhookDelivery.id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(is_due(), Webhook.is_active)
        .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.event_id)
        .limit(1)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    owner = f"{sender}/{uuid4().hex}"
    lease = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id == due.scalar_subquery())
        .values(state=DeliveryState.LEASED, lease_owner=owner, lease_until=now() + LEASE, attempts=WebhookDelivery.attempts + 1)
        .returning(WebhookDelivery)
    )
    row = db.session.scalar(lease.execution_options(synchronize_session=False, populate_existing=True))
    if row is None:
        return None
    url, secret = db.session.execute(select(Webhook.url, Webhook.secret).where(Webhook.id == row.webhook_id)).one()
    return Parcel(row.id, owner, row.webhook_id, url, secret, row.kind, row.payload, row.attempts)


def mark_delivered(parcel: Parcel, status: int) -> bool:
    """The other side has it. False when the lease was somebody else's by now."""
    return settle(parcel, state=DeliveryState.DELIVERED, last_status=status, last_detail="", delivered_at=now())


def mark_failed(parcel: Parcel, status: int | None, detail: str) -> bool:
    """Not taken: tried again later, and with it all that waits for this webhook; given up after the last try."""
    detail = clean_text(detail, 300)
    if parcel.attempts > len(RETRIES):
        return settle(parcel, state=DeliveryState.FAILED, last_status=status, last_detail=detail)
    later = now() + RETRIES[parcel.attempts - 1]
    let_wait(parcel.webhook_id, now() + RETRIES[0])
    return settle(parcel, state=DeliveryState.RETRY, last_status=status, last_detail=detail, next_attempt_at=later)


def let_wait(webhook_id: int, until: Any) -> None:
    """One slow address must not hold up those of others: what else is due for it waits a moment too."""
    waiting = update(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id,
        WebhookDelivery.state.in_([DeliveryState.QUEUED, DeliveryState.RETRY]),
        WebhookDelivery.next_attempt_at < until,
    )
    db.session.execute(waiting.values(next_attempt_at=until).execution_options(synchronize_session=False))


def settle(parcel: Parcel, **values: Any) -> bool:
    held = (WebhookDelivery.id == parcel.id, WebhookDelivery.lease_owner == parcel.owner)
    done = update(WebhookDelivery).where(*held).values(lease_owner=None, lease_until=None, **values)
    return db.session.execute(done.execution_options(synchronize_session=False)).rowcount == 1


def forget_old_deliveries(limit: int = 5000) -> int:
    """Delete deliveries that came to an end a month ago, at most `limit` of them. How many went."""
    ended = (WebhookDelivery.state.in_([DeliveryState.DELIVERED, DeliveryState.FAILED]), WebhookDelivery.created_at < now() - KEPT)
    old = select(WebhookDelivery.id).where(*ended).limit(limit).with_for_update(skip_locked=True)
    return db.session.execute(
        WebhookDelivery.__table__.delete().where(WebhookDelivery.id.in_(old)).execution_options(synchronize_session=False)
    ).rowcount
