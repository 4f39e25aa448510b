"""How tickets, messages and their timeline look to whoever asks: the team sees all of it, a customer what is his."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from models.message import Direction, Message, Source
from models.outbox import Outbox, OutboxState
from models.people import Role, User
from models.queries.audiences import Readable, readable_to_their_customers
from models.ticket import Priority, Status, Ticket
from models.timeline import TimelineEntry
from webapp.api.shapes import Moment, Told

DELIVERY = {OutboxState.LEASED: "sending", OutboxState.DOT: "sending"}


class CustomerShape(Told):
    id: int
    email: str | None
    name: str


class AgentShape(Told):
    id: int
    username: str


class TicketShape(Told):
    """A matter a customer has with the desk. Counts and times tell of what the reader may see, and of nothing else."""

    id: int
    ref: str = Field(description="what people quote, such as KTRB-042")
    subject: str
    description: str
    status: Status
    priority: Priority
    customer: CustomerShape
    assigned_agent: AgentShape | None
    mailbox: int = Field(description="id of the mailbox it came to")
    tags: list[str] = Field(description="the team's own words; empty for customers")
    created_at: Moment
    updated_at: Moment
    first_response_at: Moment | None
    resolved_at: Moment | None
    closed_at: Moment | None
    last_message_id: int | None = Field(description="the newest public message")
    message_count: int = Field(description="public messages")


class AttendedTicketShape(TicketShape):
    """A ticket, and what the team does with it; for the team alone."""

    snoozed_until: Moment | None = Field(description="out of the team's lists until then")
    merged_into: int | None = Field(description="the ticket it goes on in")


class AuthorShape(Told):
    id: int | None
    name: str
    email: str | None = Field(description="not told to customers where the author is of the team")
    role: Role | None


class AttachmentShape(Told):
    id: int
    filename: str
    content_type: str
    size: int = Field(description="octets")
    inline: bool


class DeliveryShape(Told):
    """How the mail to one recipient fares; only the team is told."""

    recipient: str
    state: Literal["queued", "sending", "sent", "retry", "failed", "uncertain", "cancelled", "restored"]
    detail: str


class MessageShape(Told):
    """One thing somebody said. `note`: for the team alone."""

    id: int
    ticket: int
    author: AuthorShape
    body: str
    body_html: str = Field(description="the mail's HTML, cleaned; empty where it had none")
    is_internal: bool
    direction: Direction
    source: Source
    sender_verified: bool | None
    created_at: Moment
    attachments: list[AttachmentShape]
    delivery: list[DeliveryShape]


class HappeningShape(Told):
    """One thing that happened; `data` holds what it was before and after."""

    id: int
    kind: str
    actor: str
    message: int | None
    data: dict[str, Any]
    created_at: Moment


# What a customer is told of the life of his ticket; everything else is the team's own.
FOR_CUSTOMERS = frozenset({"created", "received", "replied", "status", "assigned", "subject", "priority"})


def ticket_shape(ticket: Ticket, reader: User) -> TicketShape:
    return ticket_shapes([ticket], reader)[0]


def ticket_shapes(tickets: Sequence[Ticket], reader: User) -> list[TicketShape]:
    """A customer is told of his own messages alone: a merge may have put another's on his ticket, or taken his away."""
    if reader.is_staff:
        return [shape_of(each, reader, Readable(each.message_count, each.last_message_id)) for each in tickets]
    readable = readable_to_their_customers([each.id for each in tickets])
    return [shape_of(each, reader, readable.get(each.id, Readable())) for each in tickets]


def shape_of(ticket: Ticket, reader: User, readable: Readable) -> TicketShape:
    agent = ticket.assigned_agent
    return TicketShape(
        id=ticket.id,
        ref=ticket.ref,
        subject=ticket.subject,
        description=ticket.description,
        status=Status(ticket.status),
        priority=Priority(ticket.priority),
        customer=CustomerShape.model_validate(ticket.customer),
        assigned_agent=AgentShape.model_validate(agent) if agent else None,
        mailbox=ticket.mailbox_id,
        tags=ticket.tags if reader.is_staff else [],
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        first_response_at=ticket.first_response_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        last_message_id=readable.last_id,
        message_count=readable.number,
    )


def attended_ticket_shape(ticket: Ticket, reader: User) -> AttendedTicketShape:
    plain = ticket_shape(ticket, reader).model_dump()
    return AttendedTicketShape(**plain, snoozed_until=ticket.snoozed_until, merged_into=ticket.merged_into_id)


def message_shape(message: Message, authors: Mapping[int, User], reader: User) -> MessageShape:
    return MessageShape(
        id=message.id,
        ticket=message.ticket_id or 0,
        author=author_shape(message, authors.get(message.author_id or 0), reader),
        body=message.body,
        body_html=message.body_html,
        is_internal=message.is_internal,
        direction=Direction(message.direction),
        source=Source(message.source),
        sender_verified=message.sender_verified,
        created_at=message.created_at,
        attachments=[
            AttachmentShape(id=file.id, filename=file.filename, content_type=file.content_type, size=file.size, inline=file.is_inline)
            for file in message.attachments
        ],
        delivery=[delivery_shape(row) for row in message.deliveries] if reader.is_staff else [],
    )


def author_shape(message: Message, author: User | None, reader: User) -> AuthorShape:
    email = message.author_address or (author.email if author else None) or None
    is_of_the_team = author is None or author.is_staff
    return AuthorShape(
        id=message.author_id,
        name=message.author_name or (author.name if author else "") or message.author_address,
        email=None if is_of_the_team and not reader.is_staff else email,
        role=Role(author.role) if author else None,
    )


def delivery_shape(row: Outbox) -> DeliveryShape:
    state = OutboxState(row.state)
    return DeliveryShape(recipient=row.rcpt, state=DELIVERY.get(state, state.value), detail=row.last_text)  # type: ignore[arg-type]


def timeline_shapes(entries: Sequence[TimelineEntry], reader: User) -> list[HappeningShape]:
    return [
        HappeningShape(
            id=entry.id,
            kind=entry.kind,
            actor=entry.actor_name,
            message=entry.message_id,
            data=entry.data,
            created_at=entry.created_at,
        )
        for entry in entries
        if reader.is_staff or entry.kind in FOR_CUSTOMERS
    ]
