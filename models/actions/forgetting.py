"""Letting go: of mail that was set aside and asked for by nobody, and of the bytes of what was sent; blobs go by `orphans.py`.

The row of a mail stays in the ledger for ever, so that its sum still says what became of everything that was accepted;
what goes are the words and the bytes.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Column, Text, any_, cast, exists, func, or_, select, union, update
from sqlalchemy.dialects.postgresql import ARRAY

from models.custody import HELD, InboundDelivery, InboundMessage
from models.database import db, metadata
from models.outbox import Outbox, OutboxState

SET_ASIDE_FOR = timedelta(days=30)
SENT_BYTES_FOR = timedelta(days=14)
EXPIRED = "expired"
TIME_IS_OVER = "thirty days"  # the rule of that decision
NOBODY_ASKED = "It was set aside, and nobody asked for it within thirty days."


def clear_set_aside(limit: int = 500) -> int:
    """End what was held or discarded for thirty days, at most `limit` deliveries. How many there were.

    A mail that somebody looks after at this very moment is left to the next look.
    """
    over = (
        select(InboundDelivery)
        .join(InboundMessage, InboundMessage.id == InboundDelivery.inbound_id)
        .where(InboundDelivery.set_aside_at < func.statement_timestamp() - SET_ASIDE_FOR)
        .order_by(InboundDelivery.set_aside_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=(InboundDelivery, InboundMessage))
    )
    deliveries = db.session.scalars(over).all()
    for delivery in deliveries:
        clear(delivery)
    db.session.flush()
    forget_bytes({delivery.inbound_id for delivery in deliveries})
    return len(deliveries)


def clear(delivery: InboundDelivery) -> None:
    """Take the mail's words out of its evidence. What nobody decided about has expired; a discard stays one."""
    why = delivery.evidence.get("why", "")
    if delivery.decision in HELD:
        delivery.evidence = {"why": NOBODY_ASKED, "was": [delivery.decision, delivery.rule, why]}
        delivery.decision, delivery.rule = EXPIRED, TIME_IS_OVER
    else:
        delivery.evidence = {"why": why, "was": delivery.evidence.get("was")}
    delivery.requester = None
    delivery.set_aside_at = None
    delivery.cleared_at = func.clock_timestamp()


def forget_bytes(inbound_ids: Collection[UUID]) -> None:
    """Let go of the bytes of these mails, where no address of ours still needs them."""
    still_needed = exists().where(
        InboundDelivery.inbound_id == InboundMessage.id, InboundDelivery.cleared_at.is_(None)
    )
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.id.in_(inbound_ids), ~still_needed)
        .values(raw=None, raw_uri=None, forgotten_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


def forget_old_bytes(days: int, limit: int = 500) -> int:
    """Let go of the bytes of filed mails older than so many days, at most `limit` of them. How many there were.

    What waits for an agent's word keeps its bytes until then. The tickets keep their words and files.
    """
    waits = exists().where(
        InboundDelivery.inbound_id == InboundMessage.id,
        or_(InboundDelivery.decision.is_(None), InboundDelivery.set_aside_at.is_not(None)),
    )
    old = (
        select(InboundMessage.id)
        .where(
            InboundMessage.state == "done",
            InboundMessage.forgotten_at.is_(None),
            InboundMessage.received_at < func.clock_timestamp() - timedelta(days=days),
            ~waits,
        )
        .order_by(InboundMessage.received_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    let_go = update(InboundMessage).where(InboundMessage.id.in_(old)).values(raw=None, raw_uri=None, forgotten_at=func.clock_timestamp())
    return db.session.execute(let_go.execution_options(synchronize_session=False)).rowcount


def forget_sent_bytes(limit: int = 500) -> int:
    """Let go of the bytes of mails that left two weeks ago or were never to leave. How many there were.

    Until then a report may come, and somebody may want to see, or to send again, exactly what was sent.
    """
    over = (
        select(Outbox.id)
        .where(
            Outbox.state.in_([OutboxState.SENT, OutboxState.CANCELLED]),
            or_(Outbox.mime.is_not(None), Outbox.mime_uri.is_not(None)),
            func.coalesce(Outbox.sent_at, Outbox.created_at) < func.statement_timestamp() - SENT_BYTES_FOR,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    forgotten = db.session.execute(
        update(Outbox)
        .where(Outbox.id.in_(over))
        .values(mime=None, mime_uri=None)
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    )
    return len(forgotten.all())


def named_blobs(names: Sequence[str]) -> set[str]:
    """Those of `names` that some row names."""
    # An array, not a list of values: a shelf may hold more of them than a statement may have parameters.
    wanted = any_(cast(list(names), ARRAY(Text)))
    return set(db.session.scalars(union(*(select(column).where(column == wanted) for column in blob_columns()))))


def blob_columns() -> Sequence[Column[str]]:
    """Every column of every table in which a blob is named: it is called `blob_sha256`, or ends in `_uri`."""
    columns = (column for table in metadata.sorted_tables for column in table.columns)
    return [column for column in columns if column.name == "blob_sha256" or column.name.endswith("_uri")]
