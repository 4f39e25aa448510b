"""What happens to an AI draft: asked for, claimed by a worker, written bit by bit, taken over, measured.

Nothing here sends anything: a draft is a text beside the composer, and only an agent's own reply leaves the desk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Interval, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from models.actor import Actor
from models.ai_draft import AiDraft, AiSpending, DraftState
from models.database import db
from models.errors import Conflict, Forbidden, NotFound
from models.events import DraftAsked, DraftReady, record
from models.likeness import share_kept
from models.message import Message
from models.queries.restoring import may_leave
from models.text import clean_text

MAX_INSTRUCTIONS = 1000
LEASE = "90 seconds"  # a writer has thirty, so only a dead one lets it pass
PATIENCE = "60 seconds"  # how long a draft waits for a worker before it is given up
MOST_ATTEMPTS = 3
NO_WORKER = "no worker has taken this draft: `postroom worker` has to run"
WORKER_DIED = "the worker ended while it was writing: ask again"


@dataclass(frozen=True)
class Found:
    """A draft that needs no model: sentences and sources as `AiDraft` keeps them, and a hint for the reader."""

    sentences: Sequence[Mapping[str, Any]]
    sources: Sequence[Mapping[str, Any]]
    note: str


@dataclass(frozen=True)
class Finished:
    """What the writer has cost, what the check took out, and what the reader should know."""

    tokens_in: int
    tokens_out: int
    removed: Mapping[str, int]
    note: str = ""


class LeaseLost(Exception):
    """The draft is another worker's now, or has been given up."""


def ask_for_draft(ticket_id: int, last_message_id: int | None, actor: Actor, instructions: str = "") -> AiDraft:
    """Have a worker write a draft. One that is under way already is returned: a double click costs nothing."""
    under_way = db.session.scalar(
        select(AiDraft).where(
            AiDraft.ticket_id == ticket_id,
            AiDraft.asked_by_id == staff_id(actor),
            AiDraft.state.in_([DraftState.QUEUED, DraftState.WRITING]),
        )
    )
    if under_way is not None:
        return under_way
    draft = new_draft(ticket_id, last_message_id, actor, instructions)
    record(DraftAsked(ticket_id, draft.id))
    return draft


def offer_found(
    ticket_id: int, last_message_id: int | None, actor: Actor, found: Found, instructions: str = ""
) -> AiDraft:
    """Keep what was found in the desk's own words: ready at once, and no model had a part in it."""
    draft = new_draft(ticket_id, last_message_id, actor, instructions)
    draft.state = DraftState.READY
    draft.sentences = [dict(each) for each in found.sentences]
    draft.sources = [dict(each) for each in found.sources]
    draft.note = found.note
    draft.started_at = draft.finished_at = func.clock_timestamp()
    record(DraftReady(ticket_id, draft.id))
    return draft


def new_draft(ticket_id: int, last_message_id: int | None, actor: Actor, instructions: str) -> AiDraft:
    draft = AiDraft(
        ticket_id=ticket_id,
        asked_by_id=staff_id(actor),
        last_message_id=last_message_id,
        instructions=clean_text(instructions, MAX_INSTRUCTIONS).strip(),
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def staff_id(actor: Actor) -> int:
    if not actor.is_staff or actor.id is None:
        raise Forbidden("drafts are for the team")
    return actor.id


def is_due() -> ColumnElement[bool]:
    """Waits for a worker, or was left lying by one that died."""
    left = (AiDraft.state == DraftState.WRITING) & (AiDraft.lease_until < func.statement_timestamp())
    return or_(AiDraft.state == DraftState.QUEUED, left) & (AiDraft.attempts < MOST_ATTEMPTS)


def claim_draft() -> AiDraft | None:
    """The draft that has waited longest, leased to the caller; its `attempts` is the number of the lease."""
    oldest = select(AiDraft.id).where(is_due(), may_leave()).order_by(AiDraft.id).limit(1).with_for_update(skip_locked=True)
    claimed = (
        update(AiDraft)
        .where(AiDraft.id == oldest.scalar_subquery())
        .values(
            state=DraftState.WRITING,
            attempts=AiDraft.attempts + 1,
            lease_until=func.clock_timestamp() + cast(LEASE, Interval),
            started_at=func.clock_timestamp(),
            sentences=[],
            sources=[],
        )
        .returning(AiDraft)
    )
    return db.session.scalar(claimed, execution_options={"populate_existing": True})


def write_so_far(
    draft_id: int, lease: int, sentences: Sequence[Mapping[str, Any]], sources: Sequence[Mapping[str, Any]]
) -> None:
    """Keep what can be read already. Raises `LeaseLost`."""
    draft = held(draft_id, lease)
    draft.sentences = [dict(each) for each in sentences]
    draft.sources = [dict(each) for each in sources]
    record(DraftReady(draft.ticket_id, draft.id))


def finish_draft(draft_id: int, lease: int, finished: Finished) -> None:
    """The writer has come to its end: the draft can be taken over. Raises `LeaseLost`."""
    end(held(draft_id, lease), DraftState.READY, finished.note)
    draft = held_or_ended(draft_id)
    draft.tokens_in, draft.tokens_out = finished.tokens_in, finished.tokens_out
    draft.removed = dict(finished.removed)


def fail_draft(draft_id: int, lease: int, why: str) -> None:
    """Nothing came of it, and `why` tells the reader. What was written so far is thrown away. Raises `LeaseLost`."""
    draft = held(draft_id, lease)
    draft.sentences = []
    end(draft, DraftState.FAILED, why)


def hand_back(draft_id: int, lease: int) -> None:
    """This worker has to end: another one writes it, from the beginning. Raises `LeaseLost`."""
    draft = held(draft_id, lease)
    draft.state, draft.lease_until, draft.sentences = DraftState.QUEUED, None, []
    record(DraftAsked(draft.ticket_id, draft.id))


def end(draft: AiDraft, state: DraftState, note: str) -> None:
    draft.state = state
    draft.note = clean_text(note, 500)
    draft.lease_until = None
    draft.finished_at = func.clock_timestamp()
    record(DraftReady(draft.ticket_id, draft.id))


def name_writer(draft_id: int, lease: int, model: str, prompt_version: str, last_message_id: int | None) -> None:
    """Write down who is asked, with which prompt, before it is. Raises `LeaseLost`."""
    draft = held(draft_id, lease)
    draft.model, draft.prompt_version, draft.last_message_id = model, prompt_version, last_message_id


def held(draft_id: int, lease: int) -> AiDraft:
    draft = held_or_ended(draft_id)
    if draft.state != DraftState.WRITING or draft.attempts != lease:
        raise LeaseLost(f"draft {draft_id}")
    return draft


def held_or_ended(draft_id: int) -> AiDraft:
    draft = db.session.get(AiDraft, draft_id, with_for_update=True, populate_existing=True)
    if draft is None:
        raise LeaseLost(f"draft {draft_id} is gone")
    return draft


def give_up_drafts() -> int:
    """Fail what no worker takes, and what worker after worker died over. How many."""
    waited = (AiDraft.state == DraftState.QUEUED) & (
        AiDraft.created_at < func.statement_timestamp() - cast(PATIENCE, Interval)
    )
    died = (
        (AiDraft.state == DraftState.WRITING)
        & (AiDraft.lease_until < func.statement_timestamp())
        & (AiDraft.attempts >= MOST_ATTEMPTS)
    )
    lost = select(AiDraft).where(or_(waited, died)).with_for_update(skip_locked=True)
    found = db.session.scalars(lost).all()
    for draft in found:
        draft.sentences = []
        end(draft, DraftState.FAILED, NO_WORKER if draft.state == DraftState.QUEUED else WORKER_DIED)
    return len(found)


def take_over(draft_id: int, actor: Actor) -> None:
    """Somebody has put the draft, or a sentence of it, into the composer."""
    draft = own_draft(draft_id, actor)
    if draft.state != DraftState.READY:
        raise Conflict("this draft is not ready")
    if draft.accepted_at is None:
        draft.accepted_at = func.clock_timestamp()


def turn_down(draft_id: int, actor: Actor) -> None:
    """Somebody does not want the draft, or does not want to wait for it. Twice is once."""
    draft = own_draft(draft_id, actor)
    if draft.rejected_at is None:
        draft.rejected_at = func.clock_timestamp()


def own_draft(draft_id: int, actor: Actor) -> AiDraft:
    draft = db.session.get(AiDraft, draft_id, with_for_update=True, populate_existing=True)
    if draft is None or draft.asked_by_id != actor.id:
        raise NotFound("there is no such draft, or somebody else asked for it")
    return draft


def measure_what_was_kept(message: Message) -> None:
    """Note on its author's newest draft of the ticket how much of it this reply has kept. Each draft is measured once."""
    newest = (
        select(AiDraft)
        .where(AiDraft.ticket_id == message.ticket_id, AiDraft.asked_by_id == message.author_id)
        .where(AiDraft.state == DraftState.READY)
        .order_by(AiDraft.id.desc())
        .limit(1)
    )
    draft = db.session.scalar(newest)
    if draft is None or draft.message_id is not None or not draft.sentences:
        return
    draft.message_id = message.id
    draft.kept = share_kept(draft.text, message.body)


def reserve_tokens(tokens: int, budget: int) -> bool:
    """Take `tokens` out of today's budget; False when there are not as many left. Counted by UTC days."""
    today = func.date(func.timezone("UTC", func.clock_timestamp()))
    db.session.execute(insert(AiSpending).values(day=today).on_conflict_do_nothing())
    reserved = (
        update(AiSpending)
        .where(AiSpending.day == today, AiSpending.tokens + tokens <= budget)
        .values(tokens=AiSpending.tokens + tokens)
        .returning(AiSpending.day)
    )
    return db.session.scalar(reserved) is not None


def settle_tokens(reserved: int, used: int) -> None:
    """Put back what was reserved and not used. Over midnight, the new day is not credited with yesterday's."""
    today = func.date(func.timezone("UTC", func.clock_timestamp()))
    left = func.greatest(0, AiSpending.tokens - (reserved - used))
    db.session.execute(update(AiSpending).where(AiSpending.day == today).values(tokens=left))
