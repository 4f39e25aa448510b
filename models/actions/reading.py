"""How far agents have read: what they opened is read, until a customer writes again."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

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
    read = insert(TicketRead).values(user_id=user_id, ticket_id=ticket_id, message_id=message_id)
    db.session.execute(
        read.on_conflict_do_update(
            index_elements=["user_id", "ticket_id"], set_={"message_id": read.excluded.message_id}
        )
    )
