"""Why each mail of a ticket is where it is: what came, who sent it, what was decided and what that stood on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import defer

from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.message import Message
from models.people import User
from models.queries.inbound import HEADERS_READ
from models.queries.tickets import ticket_seen_by
from models.settings import AgentVisibility

MOST_MAILS = 200  # of one ticket, the newest


@dataclass(frozen=True)
class Traced:
    """A mail that has to do with a ticket. `opening` are its first bytes, b'' where they lie in a blob."""

    mail: InboundMessage
    delivery: InboundDelivery
    message: Message | None
    opening: bytes

    @property
    def seconds(self) -> float | None:
        """From the moment it was kept to the moment it was filed."""
        if self.mail.filed_at is None:
            return None
        return round((self.mail.filed_at - self.mail.received_at).total_seconds(), 3)

    @property
    def sender(self) -> dict[str, Any] | None:
        """The verdict on its sender, as it held for this desk where the mail became a message."""
        return (self.message.sender_evidence if self.message else None) or self.mail.sender_verdict

    @property
    def evidence(self) -> dict[str, Any]:
        """What the decision stood on, without its sentence and without the words of the mail."""
        return {name: value for name, value in self.delivery.evidence.items() if name not in ("why", "shown")}


def trace_of(viewer: User, visibility: AgentVisibility, ticket_id: int) -> Sequence[Traced]:
    """The mails of a ticket, oldest first; for the team. Raises `NotFound` where the viewer may not know of it."""
    ticket_seen_by(viewer, visibility, ticket_id)
    wanted = (
        select(InboundMessage, InboundDelivery, Message, func.substr(InboundMessage.raw, 1, HEADERS_READ))
        .join(InboundDelivery, InboundDelivery.inbound_id == InboundMessage.id)
        .join(Message, Message.id == InboundDelivery.message_id, isouter=True)
        .where(or_(InboundDelivery.ticket_id == ticket_id, Message.ticket_id == ticket_id))
        .options(defer(InboundMessage.raw))
        .order_by(InboundMessage.received_at.desc(), InboundMessage.id.desc(), InboundDelivery.rcpt)
        .limit(MOST_MAILS)
    )
    rows = db.session.execute(wanted).all()
    return [Traced(mail, delivery, message, bytes(opening or b"")) for mail, delivery, message, opening in reversed(rows)]
