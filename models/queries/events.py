"""The event log, as sockets read it: in the order of commits, without gaps."""

from collections.abc import Sequence

from sqlalchemy import func, literal_column, select

from models.database import db
from models.events import RecordedEvent

# A row may be numbered before another and committed after it. Rows of transactions older than every running
# one are complete: nothing can still appear between them.
SETTLED = literal_column("event.xid < pg_snapshot_xmin(pg_current_snapshot())")


def events_after(event_id: int, limit: int = 500) -> Sequence[RecordedEvent]:
    """Settled events after `event_id`, oldest first."""
    wanted = select(RecordedEvent).where(RecordedEvent.id > event_id, SETTLED)
    return db.session.scalars(wanted.order_by(RecordedEvent.id).limit(limit)).all()


def last_event_id() -> int:
    """The newest settled event: where a socket that opens now begins."""
    return db.session.scalar(select(func.max(RecordedEvent.id)).where(SETTLED)) or 0


def first_event_id() -> int:
    """The oldest event still kept: who asks for older ones must reload."""
    return db.session.scalar(select(func.min(RecordedEvent.id))) or 0
