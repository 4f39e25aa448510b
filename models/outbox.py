"""The outbox: one row for each mail to each recipient. Postgres is the queue; RQ only rings."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class OutboxState(StrEnum):
    """`queued → leased → dot → sent`, and the ways out of it. `dot`: the bytes are out, the answer is not in.

    `restored`: it waited in the backup this desk comes from, and may have been sent since: a person has to say.
    """

    QUEUED = "queued"
    LEASED = "leased"
    DOT = "dot"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    RESTORED = "restored"


WAITING = (OutboxState.QUEUED, OutboxState.RETRY)

CARRIERS = ("reply", "forward")  # kinds of mail that are the message they hang on; the others tell of it

# Written out in queries too: the planner uses the partial index only where it sees the same words.
UNSETTLED = "outbox.state IN ('queued', 'retry', 'leased', 'dot', 'uncertain')"

TROUBLED = "outbox.state IN ('failed', 'uncertain', 'retry')"
UNDELIVERED = "kind = 'reply' AND state IN ('failed', 'uncertain')"


class Outbox(db.Model):
    """A mail to one recipient. Its bytes are frozen before the first try, and every try sends the same."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in OutboxState)})", name="state"),
        CheckConstraint("rcpt <> ''", name="rcpt_given"),
        CheckConstraint("addressed_as IN ('to', 'cc')", name="addressed_as"),
        CheckConstraint("mime IS NULL OR mime_uri IS NULL", name="mime_or_uri"),
        Index(
            "ix_outbox_due",
            "next_attempt_at",
            postgresql_where=text(UNSETTLED.removeprefix("outbox.")),
        ),
        CheckConstraint("participant_id IS NULL OR agent_id IS NULL", name="one_reader"),
        Index("uq_outbox_ack", "ticket_id", unique=True, postgresql_where=text("kind = 'ack'")),
        Index(None, "message_id"),
        Index(None, "created_at", "id"),
        Index("ix_outbox_troubled", "created_at", postgresql_where=text(TROUBLED.removeprefix("outbox."))),
        Index("ix_outbox_undelivered", "message_id", postgresql_where=text(UNDELIVERED)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    idempotency_key: Mapped[str] = mapped_column(unique=True)  # 'reply:<message>:<participant>'
    kind: Mapped[str]
    automatic: Mapped[bool] = mapped_column(server_default=text("false"))
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox.id"))
    # Empty for what belongs to no ticket, message or participant: a test mail, a notice to an agent.
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id", ondelete="CASCADE"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))  # a notice for him
    said: Mapped[dict[str, Any] | None]  # what an automatic mail says: the words for its template, of that moment
    mail_from: Mapped[str]  # the address in From; bounces come there too where no bounce domain is set
    envelope_from: Mapped[str | None]  # MAIL FROM where it is another: a signed bounce address, frozen with the bytes
    rcpt: Mapped[str]
    addressed_as: Mapped[str | None]  # 'to' or 'cc': where the mails of its message show this recipient
    rfc_message_id: Mapped[str]  # with its angle brackets
    mime: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    mime_uri: Mapped[str | None]  # SHA-256 of a blob, for what is too large for a row
    state: Mapped[str] = mapped_column(server_default=OutboxState.QUEUED)
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    give_up_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp() + interval '5 days'"))
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    in_doubt: Mapped[int] = mapped_column(Integer, server_default=text("0"))  # times the answer to the dot was lost
    warned_at: Mapped[datetime | None]  # when the timeline said that this mail is late
    last_code: Mapped[int | None] = mapped_column(Integer)
    last_text: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    sent_at: Mapped[datetime | None]


class OutboxAttempt(db.Model):
    """One try at sending, and how the other side answered."""

    __tablename__ = "outbox_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[UUID] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
