"""AI drafts: what was asked of the writer, what came of it, on what it rests, and what an agent made of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import db


class DraftState(StrEnum):
    """Waits for a worker, is being written, can be read, or came to nothing."""

    QUEUED = "queued"
    WRITING = "writing"
    READY = "ready"
    FAILED = "failed"


class AiDraft(db.Model):
    """One answer that was asked for. It is never sent by itself: an agent takes it into the composer, or does not.

    `sentences` is `[{"text", "gap", "sources": [id, …], "marks": [[start, end, kind], …]}, …]`, where `gap` is the
    white space before it. `sources` is `[{"id", "kind": "message" | "reply" | "ticket", "title", "row"}, …]`.
    Without a model the sentences are a saved reply or an earlier answer as it stands, and each source carries its
    whole `text`, so that another one can be taken instead.
    """

    __tablename__ = "ai_draft"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'writing', 'ready', 'failed')", name="state"),
        CheckConstraint("kept IS NULL OR kept BETWEEN 0 AND 1", name="kept"),
        Index(None, "ticket_id", "asked_by_id", "id"),
        Index("ix_ai_draft_due", "id", postgresql_where=text("state IN ('queued', 'writing')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    instructions: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default=DraftState.QUEUED)
    last_message_id: Mapped[int | None]  # the newest public message that was there: what came later, it has not read
    sentences: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    sources: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    removed: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # what the check took out, by kind
    note: Mapped[str] = mapped_column(server_default="")  # for the reader: a hint, or why nothing came
    model: Mapped[str | None]
    prompt_version: Mapped[str | None]
    tokens_in: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    tokens_out: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    rejected_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))  # what was sent
    kept: Mapped[float | None]  # how much of the draft is in it, 0 to 1

    asked_by: Mapped["User"] = relationship(lazy="raise")  # noqa: F821
    ticket: Mapped["Ticket"] = relationship(lazy="raise")  # noqa: F821

    @property
    def is_under_way(self) -> bool:
        return self.state in (DraftState.QUEUED, DraftState.WRITING)

    @property
    def text(self) -> str:
        return joined(self.sentences)


class AiSpending(db.Model):
    """What the writer may still cost today (UTC): tokens are reserved before it is asked, settled after."""

    __tablename__ = "ai_spending"

    day: Mapped[date] = mapped_column(primary_key=True)
    tokens: Mapped[int] = mapped_column(server_default=text("0"))


def joined(sentences: list[Any]) -> str:
    """The sentences as one text."""
    return "".join(each["gap"] + each["text"] for each in sentences).strip()
