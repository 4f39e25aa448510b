"""How far agents have read: what they opened is read, until a customer writes again."""

from functools import cache

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.dml import ReturningInsert

from models.attention import TicketRead
from models.database import db

UNREAD = 0


def has_read(user_id: int, ticket_id: int, message_id: int | None) -> bool:
    """The reader has the ticket before him, up to `message_id`, its newest public message. Whether that is news."""
    known = select(TicketRead.message_id).where(TicketRead.user_id == user_id, TicketRead.ticket_id == ticket_id)
    if db.session.scalar(known) == (message_id or -1):
        return False
    read_up_to(user_id, ticket_id, message_id or -1)
    return True


def make_unread(user_id: int, ticket_id: int) -> None:
    """The ticket looks unread to this person until he opens it again."""
    read_up_to(user_id, ticket_id, UNREAD)


def read_up_to(user_id: int, ticket_id: int, message_id: int) -> None:
    db.session.execute(mark(), {"user_id": user_id, "ticket_id": ticket_id, "message_id": message_id})


def has_looked(user_id: int, ticket_id: int, message_id: int) -> None:
    """The same as all that a transaction does: its commit does not wait for the disk.

    Should the mark be lost with the machine's power, the ticket looks unread once more; nothing else is lost with it.
    """
    db.session.execute(mark_at_leisure(), {"user_id": user_id, "ticket_id": ticket_id, "message_id": message_id})


@cache
def mark() -> Insert:
    read = insert(TicketRead.__table__)  # type: ignore[arg-type]
    return read.on_conflict_do_update(index_elements=["user_id", "ticket_id"], set_={"message_id": read.excluded.message_id})


@cache
def mark_at_leisure() -> ReturningInsert[tuple[str]]:
    return mark().returning(func.set_config("synchronous_commit", "off", True))  # until the end of the transaction
