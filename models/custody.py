"""Custody: every mail the gate has answered `250` to, byte for byte, and what became of it at each address."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from models.database import db


# Decisions that set a mail aside and leave it to an agent. A mail of our own that came back ('loop') is not asked about.
HELD = ("held", "backscatter", "auto_reply", "quarantine")


class InboundMessage(db.Model):
    """A mail as it came over the wire, with its envelope and its way through the filers.

    `envelope_key` is SHA-256 of 'v1', MAIL FROM, the sorted recipients and the raw bytes' hash, so that a
    sender who never saw our answer may try again and lands on the same row.
    """

    __tablename__ = "inbound_message"
    __table_args__ = (
        CheckConstraint("num_nonnulls(raw, raw_uri, forgotten_at) = 1", name="raw_or_uri_or_forgotten"),
        CheckConstraint("state IN ('accepted', 'processing', 'retry', 'done', 'dead')", name="state"),
        CheckConstraint("origin IN ('smtp', 'imap', 'import')", name="origin"),
        Index(
            "ix_inbound_message_due",
            "next_attempt_at",
            postgresql_where=text("state IN ('accepted', 'retry', 'processing')"),
        ),
        # The sweep's questions - what waits, for how long, what was given up - touch only what is not filed.
        Index("ix_inbound_message_unfiled", "state", "received_at", postgresql_where=text("state <> 'done'")),
        Index(None, "received_at"),
        Index(None, "semantic_key"),
        Index("ix_inbound_message_unfiled_id", "id_hash", postgresql_where=text("state <> 'done' AND id_hash IS NOT NULL")),
        Index(
            "ix_inbound_message_bytes", "received_at", postgresql_where=text("state = 'done' AND forgotten_at IS NULL")
        ),
        Index(
            "ix_inbound_message_big", "received_at", postgresql_include=["mail_from", "raw_size"],
            postgresql_where=text("raw_size > 262144 AND origin = 'smtp'"),
        ),
        Index(None, "raw_uri", postgresql_where=text("raw_uri IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    envelope_key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    semantic_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_hash: Mapped[bytes | None] = mapped_column(LargeBinary)  # of its Message-ID, as the gate saw it in passing
    origin: Mapped[str] = mapped_column(server_default="smtp")  # how it came here; what is imported wakes nobody
    dated_at: Mapped[datetime | None]  # when an imported mail was written: its message carries that date
    gateway: Mapped[str] = mapped_column(server_default="")
    peer_ip: Mapped[str | None] = mapped_column(INET)
    helo: Mapped[str] = mapped_column(server_default="")
    tls: Mapped[str] = mapped_column(server_default="")
    smtputf8: Mapped[bool] = mapped_column(server_default=text("false"))
    mail_from: Mapped[str]  # '' is the null sender <>
    our_received: Mapped[str] = mapped_column(server_default="")
    raw_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    raw_size: Mapped[int]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    raw_uri: Mapped[str | None]  # SHA-256 of a blob, for what is too large for a row
    forgotten_at: Mapped[datetime | None]  # when its bytes were let go; the row stays in the ledger
    wire_flags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    received_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    seen_count: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    last_seen_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="accepted")
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    error_class: Mapped[str | None]
    last_error: Mapped[str | None]
    filed_at: Mapped[datetime | None]
    # Who the sender is and what was looked up for it, from when it was judged first: judging again tells the same.
    sender_verdict: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class InboundDelivery(db.Model):
    """What one mail became at one of our addresses. `rule` names the decision, `evidence` what it stood on.

    A delivery without a decision is still to be filed; the filers look at no other. What was held may be released
    (its decision is taken away, and an agent's word goes with it through the same rules) or discarded. Thirty days
    after it was set aside or discarded its words are cleared.
    """

    __tablename__ = "inbound_delivery"
    __table_args__ = (
        CheckConstraint("(decision IS NULL) = (rule IS NULL)", name="decided_by_a_rule"),
        CheckConstraint(
            "decision IS NULL OR decision NOT IN ('new_ticket', 'reply') OR message_id IS NOT NULL", name="to_be_seen"
        ),
        Index("ix_inbound_delivery_decision", "decision", postgresql_where=text("decision IS NOT NULL")),
        Index("ix_inbound_delivery_set_aside", "set_aside_at", postgresql_where=text("set_aside_at IS NOT NULL")),
        Index("ix_inbound_delivery_undecided", "inbound_id", postgresql_where=text("decision IS NULL")),
    )

    inbound_id: Mapped[UUID] = mapped_column(ForeignKey("inbound_message.id", ondelete="CASCADE"), primary_key=True)
    rcpt: Mapped[str] = mapped_column(primary_key=True)
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox.id"))
    tag: Mapped[str] = mapped_column(server_default="")
    decision: Mapped[str | None]
    rule: Mapped[str | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requester: Mapped[str | None]  # whom the agent named as the writer, where the mail names nobody
    set_aside_at: Mapped[datetime | None]  # since when it waits for an agent's word, or for its end after a discard
    cleared_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    discarded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class AllowedSender(db.Model):
    """An address whose mails are filed although it is not certain who wrote them: an agent has said so."""

    __tablename__ = "allowed_sender"

    address: Mapped[str] = mapped_column(primary_key=True)  # normalised
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    added_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class BlockedSender(db.Model):
    """An address whose mails are quarantined: an agent has said so, and can take it back."""

    __tablename__ = "blocked_sender"

    address: Mapped[str] = mapped_column(primary_key=True)  # normalised
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    added_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class Alarm(db.Model):
    """Something an administrator has to look at. One open row a kind; closed by whoever opened it once all is well."""

    __tablename__ = "alarm"
    __table_args__ = (
        Index("uq_alarm_open", "kind", unique=True, postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    sentence: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    seen_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))  # last found to be so
    closed_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]  # when administrators were last told of it by mail
    over_told_at: Mapped[datetime | None]  # when they were told that it is over
