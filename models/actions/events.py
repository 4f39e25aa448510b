"""Keeping the log of events short."""

from sqlalchemy import delete, func, select, text

from models.database import db
from models.events import RecordedEvent


def forget_old_events(limit: int = 10_000) -> int:
    """Delete events older than a day, at most `limit` of them. How many went."""
    old = select(RecordedEvent.id).where(
        RecordedEvent.created_at < func.statement_timestamp() - text("interval '1 day'")
    )
    batch = old.limit(limit).with_for_update(skip_locked=True)
    forgotten = delete(RecordedEvent).where(RecordedEvent.id.in_(batch))
    went = db.session.scalars(
        forgotten.returning(RecordedEvent.id), execution_options={"synchronize_session": False}
    )
    return len(went.all())
