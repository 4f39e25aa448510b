"""Messages, their attachments, and the Message-IDs by which mails find their ticket."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from models.database import db


class Direction(StrEnum):
    """`in` from a customer, `out` to the customer, `note` for the team alone."""

    IN = "in"
    OUT = "out"
    NOTE = "note"


class Source(StrEnum):
    EMAIL = "email"
    WEB = "web"
    API = "api"


class Message(db.Model):
    """One thing somebody said on a ticket."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("direction IN ('in', 'out', 'note')", name="direction"),
        CheckConstraint("source IN ('email', 'web', 'api')", name="source"),
        CheckConstraint("sender_level BETWEEN 0 AND 3", name="sender_level"),
        UniqueConstraint("inbound_id", "mailbox_id"),  # one mail, one message in each mailbox, whatever is retried
        UniqueConstraint("author_id", "idempotency_key"),
        Index(None, "ticket_id", "id"),
        Index("ix_message_held", "ticket_id", postgresql_where=text("held_reason IS NOT NULL AND discarded_at IS NULL")),
        Index("ix_message_audience", "audience_id", postgresql_where=text("audience_id IS NOT NULL")),
        Index("ix_message_forward_of_id", "forward_of_id", postgresql_where=text("forward_of_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    # Set where a merge has brought it together with another customer's words: its own customer reads it there, nobody else.
    audience_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    inbound_id: Mapped[UUID | None] = mapped_column(ForeignKey("inbound_message.id"))
    direction: Mapped[str]
    source: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    author_name: Mapped[str] = mapped_column(server_default="")
    author_address: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="")
    body_html: Mapped[str] = mapped_column(server_default="")  # cleaned; '' when the mail had none
    cleaner_version: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    folds: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))  # [[start, end, kind], …] over body
    remarks: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    sender_verified: Mapped[bool | None]  # None: nobody looked
    sender_level: Mapped[int | None]  # A0 to A3 for mails; `sender_evidence` is the verdict it was read from
    sender_evidence: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    held_reason: Mapped[str | None]  # set: shown to agents in a grey frame, and does nothing else
    discarded_at: Mapped[datetime | None]  # a held message that an agent wants to see no more
    idempotency_key: Mapped[str | None]
    # A note that went to somebody outside, with this message quoted: the customer is not shown it.
    forward_of_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id", lazy="raise")
    # The mails that carry this message. Notices about it, and the acknowledgement of it, are another matter.
    deliveries: Mapped[list["Outbox"]] = relationship(  # noqa: F821
        primaryjoin="and_(Message.id == Outbox.message_id, Outbox.kind.in_(['reply', 'forward']))",
        order_by="Outbox.id",
        lazy="raise",
        viewonly=True,
    )

    @property
    def is_internal(self) -> bool:
        return self.direction == Direction.NOTE


class Attachment(db.Model):
    """A file that came with a message. The bytes are a blob; the names are only shown, never used as a path."""

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("scan IN ('clean', 'infected', 'unscannable')", name="scan"),
        Index("ix_attachment_unscanned", "id", postgresql_where=text("scan IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    blob_sha256: Mapped[str] = mapped_column(index=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    is_inline: Mapped[bool] = mapped_column(server_default=text("false"))
    content_id: Mapped[str] = mapped_column(server_default="")
    scan: Mapped[str | None]  # a `Scan`; None while no scanner has looked into it
    malware: Mapped[str] = mapped_column(server_default="")  # the scanner's name for what it found


class MessageReference(db.Model):
    """A Message-ID and the message it stands for. The key is the id's hash: senders choose how long an id is."""

    __tablename__ = "message_reference"
    __table_args__ = (
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        Index("uq_message_reference_out", "id_hash", unique=True, postgresql_where=text("direction = 'out'")),
        Index(None, "id_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    id_hash: Mapped[bytes] = mapped_column(LargeBinary)
    direction: Mapped[str]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    outbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"))  # ours: which mail
    rfc_message_id: Mapped[str]  # without brackets, as it must be quoted back in In-Reply-To


class Mention(db.Model):
    """An agent who was named in a note, so that he hears of it."""

    __tablename__ = "mention"
    __table_args__ = (Index(None, "agent_id", "message_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
