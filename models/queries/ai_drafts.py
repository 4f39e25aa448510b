"""AI drafts: one for its reader, all of them for the administrators, and their figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload

from models.ai_draft import AiDraft, AiSpending, DraftState
from models.database import db
from models.errors import NotFound
from models.message import Direction, Message
from models.people import User
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Ticket

MOST = 200


def draft_seen_by(viewer: User, visibility: AgentVisibility, ticket_id: int, draft_id: int) -> AiDraft:
    """One draft of a ticket. Raises `NotFound` also where the viewer may not know of the ticket, and for customers."""
    wanted = (
        select(AiDraft)
        .join(Ticket, Ticket.id == AiDraft.ticket_id)
        .where(AiDraft.id == draft_id, AiDraft.ticket_id == ticket_id, visible_to(viewer, visibility))
        .execution_options(populate_existing=True)
    )
    draft = db.session.scalar(wanted) if viewer.is_staff else None
    if draft is None:
        raise NotFound("there is no such draft, or it is not yours to see")
    return draft


def open_draft_of(ticket_id: int, asker: User) -> AiDraft | None:
    """The asker's newest draft of the ticket, while it is of this hour and nothing has been done with it."""
    wanted = (
        select(AiDraft)
        .where(AiDraft.ticket_id == ticket_id, AiDraft.asked_by_id == asker.id)
        .where(AiDraft.created_at > func.statement_timestamp() - text("interval '1 hour'"))
        .order_by(AiDraft.id.desc())
        .limit(1)
    )
    draft = db.session.scalar(wanted)
    if draft is None or draft.rejected_at or draft.accepted_at or draft.message_id or draft.state == DraftState.FAILED:
        return None
    return draft


def is_stale(draft: AiDraft) -> bool:
    """Whether something public was said since the draft was made: it has not read that (mail-safety H-164)."""
    if draft.last_message_id is None:
        return False
    newer = select(Message.id).where(
        Message.ticket_id == draft.ticket_id,
        Message.id > draft.last_message_id,
        Message.direction != Direction.NOTE,
        Message.held_reason.is_(None),
    )
    return db.session.scalar(newer.limit(1)) is not None


def newest_drafts(limit: int = MOST) -> Sequence[AiDraft]:
    """All drafts of the desk, newest first, with who asked and for which ticket. For administrators."""
    wanted = select(AiDraft).options(joinedload(AiDraft.asked_by), joinedload(AiDraft.ticket))
    return db.session.scalars(wanted.order_by(AiDraft.id.desc()).limit(limit)).all()


@dataclass(frozen=True)
class DraftFigures:
    """The last thirty days. `kept` is the mean share of a sent draft's words, None where none was sent."""

    asked: int
    ready: int
    failed: int
    used: int
    kept: float | None
    tokens: int
    flagged: int
    tokens_today: int


def draft_figures() -> DraftFigures:
    month = AiDraft.created_at > func.statement_timestamp() - text("interval '30 days'")
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(AiDraft.state == DraftState.READY),
            func.count().filter(AiDraft.state == DraftState.FAILED),
            func.count().filter(AiDraft.accepted_at.is_not(None)),
            func.avg(AiDraft.kept),
            func.coalesce(func.sum(AiDraft.tokens_in + AiDraft.tokens_out), 0),
            func.count().filter(AiDraft.removed != text("'{}'::jsonb")),
        ).where(month)
    ).one()
    return DraftFigures(*row, tokens_today())


def tokens_today() -> int:
    today = func.date(func.timezone("UTC", func.clock_timestamp()))
    return db.session.scalar(select(AiSpending.tokens).where(AiSpending.day == today)) or 0


def draft_gauges() -> dict[str, tuple[str, float]]:
    """Figures for `/metrics`."""
    waiting = select(func.count()).where(AiDraft.state.in_([DraftState.QUEUED, DraftState.WRITING]))
    figures = draft_figures()
    return {
        "postroom_ai_drafts_waiting": ("AI drafts that wait or are being written", db.session.scalar(waiting) or 0),
        "postroom_ai_drafts_ready_30d": ("AI drafts of thirty days that could be read", figures.ready),
        "postroom_ai_drafts_failed_30d": ("AI drafts of thirty days that came to nothing", figures.failed),
        "postroom_ai_drafts_used_30d": ("AI drafts of thirty days that an agent took over", figures.used),
        "postroom_ai_tokens_today": ("Tokens that AI drafts have cost today (UTC)", figures.tokens_today),
    }
