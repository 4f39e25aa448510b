"""What has happened on the desk: recorded in the transaction that made it true, let out after its commit.

An event carries ids and kinds, never a text of a mail: whoever hears it asks for what it may see.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import TransactionId, db


@dataclass(frozen=True)
class Event:
    """Something that happened to a ticket. `internal` events are not for customers."""

    kind: ClassVar[str]
    ticket_id: int

    @property
    def is_internal(self) -> bool:
        return False

    def ids(self) -> dict[str, Any]:
        """What travels to browsers beside the kind."""
        return asdict(self)


@dataclass(frozen=True)
class TicketCreated(Event):
    kind = "ticket.created"


@dataclass(frozen=True)
class TicketUpdated(Event):
    kind = "ticket.updated"


@dataclass(frozen=True)
class TicketAssigned(Event):
    """`previous_agent_id` hears of it too: the ticket may just have left his sight."""

    kind = "ticket.assigned"
    agent_id: int | None
    previous_agent_id: int | None = None


@dataclass(frozen=True)
class StatusChanged(Event):
    kind = "ticket.status_changed"
    status: str


@dataclass(frozen=True)
class MessageCreated(Event):
    """A held message is as much a matter of the team as a note: no customer learns that it is there.

    `is_apart`: it is for another customer than the ticket's (see `Message.audience_id`); browsers are not told that.
    """

    kind = "message.created"
    message_id: int
    direction: str
    is_held: bool = False
    is_apart: bool = False

    @property
    def is_internal(self) -> bool:
        return self.direction == "note" or self.is_held or self.is_apart

    def ids(self) -> dict[str, Any]:
        return {name: value for name, value in super().ids().items() if name != "is_apart"}


@dataclass(frozen=True)
class MailQueued(Event):
    """Mail waits in the outbox for a message; not a thing browsers hear of before it is on its way."""

    kind = "delivery.queued"
    message_id: int


@dataclass(frozen=True)
class DeliveryChanged(Event):
    kind = "delivery.changed"
    message_id: int

    @property
    def is_internal(self) -> bool:
        return True


@dataclass(frozen=True)
class DraftAsked(Event):
    """An AI draft waits for a worker; not a thing browsers hear of before there is something to read."""

    kind = "draft.asked"
    draft_id: int

    @property
    def is_internal(self) -> bool:
        return True


@dataclass(frozen=True)
class DraftReady(Event):
    """There is more of an AI draft to read, or it has come to its end."""

    kind = "draft.ready"
    draft_id: int

    @property
    def is_internal(self) -> bool:
        return True


@dataclass(frozen=True)
class BulkAsked(Event):
    """Bulk work waits for a worker; `ticket_id` is one of its tickets. Not a thing browsers hear of: each ticket tells."""

    kind = "bulk.asked"
    job_id: int

    @property
    def is_internal(self) -> bool:
        return True


class RecordedEvent(db.Model):
    """The log that sockets resume from. Kept for a day; the timeline is what people read later.

    `models/queries/events.py` says why it is read by transaction and not by number.
    """

    __tablename__ = "event"
    __table_args__ = (Index(None, "xid", "id"), Index(None, "ticket_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    xid: Mapped[int] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))
    kind: Mapped[str]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    is_internal: Mapped[bool]
    ids: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)


def record(event: Event) -> None:
    """Write `event` down in the running transaction; it is handed over when that commits."""
    row = RecordedEvent(kind=event.kind, ticket_id=event.ticket_id, is_internal=event.is_internal, ids=event.ids())
    db.session.add(row)
    db.session.info.setdefault("recorded", []).append((row, event))
