"""Writing down what happened to a ticket."""

from typing import Any

from models.actor import Actor
from models.database import db
from models.timeline import TimelineEntry


def note_on_timeline(
    ticket_id: int, kind: str, actor: Actor, *, message_id: int | None = None, is_internal: bool = False, **data: Any
) -> TimelineEntry:
    """Add one line to the timeline; `data` holds before and after, as plain values."""
    entry = TimelineEntry(
        ticket_id=ticket_id,
        kind=kind,
        actor_id=actor.id,
        actor_name=actor.name,
        message_id=message_id,
        is_internal=is_internal,
        data=data,
    )
    db.session.add(entry)
    return entry
