"""The event log, as sockets read it: in the order of commits, without gaps.

A number is drawn before its transaction commits, so the order of `event.id` is not the order in which events
become visible: whoever remembers only the highest number misses the late one. Events are therefore read in
the order of their transactions, and only those of transactions older than every running one, between which
nothing can appear any more.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select, text

from models.database import db
from models.events import RecordedEvent


class Position(NamedTuple):
    """A place in the log: everything up to here has been read."""

    xid: int
    id: int


def end_of_log() -> Position:
    """Where a reader begins who wants only what comes from now on."""
    oldest_running = db.session.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))
    return Position(int(oldest_running or 0), 0)


def position_of(event_id: int) -> Position | None:
    """The place of one event, or None when it is no longer kept: then its reader has to reload."""
    found = db.session.execute(text("SELECT xid::text, id FROM event WHERE id = :id"), {"id": event_id}).first()
    return Position(int(found[0]), found[1]) if found else None


def more_will_settle(position: Position) -> bool:
    """Whether the log holds events behind `position` that cannot be read yet: a transaction still runs."""
    behind = text("SELECT EXISTS (SELECT FROM event WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id))")
    return bool(db.session.scalar(behind, {"xid": str(position.xid), "id": position.id}))


def events_after(position: Position, limit: int = 500) -> tuple[Sequence[RecordedEvent], Position]:
    """Settled events behind `position`, oldest first, and the place of the last one."""
    settled = text(
        "(event.xid, event.id) > (CAST(:xid AS text)::xid8, :id)"
        " AND event.xid < pg_snapshot_xmin(pg_current_snapshot())"
    ).bindparams(xid=str(position.xid), id=position.id)
    wanted = select(RecordedEvent).where(settled).order_by(RecordedEvent.xid, RecordedEvent.id).limit(limit)
    events = db.session.scalars(wanted).all()
    return events, Position(int(events[-1].xid), events[-1].id) if events else position
