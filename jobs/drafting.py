"""Writes AI drafts: gather, ask, check, keep. It sends nothing, and nothing that goes wrong here touches a mail.

Postgres is the queue. The names of the jobs stand in `jobs/queues.py`; whoever calls needs an application context.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from jobs.backoff import Backoff
from jobs.checking import Checker
from jobs.manuscript import Interrupted, Manuscript, Piece, Unwritten
from jobs.outbound import is_stopping
from jobs.prompt import PROMPT_VERSION, Prompt, prompt_for
from models.actions import ai_drafts
from models.actions.ai_drafts import Finished, LeaseLost
from models.app import settings_of
from models.database import db
from models.people import User
from models.queries.matters import Matter, answered_like, fitting, matter_of, usable_replies
from models.ticket import Ticket

log = logging.getLogger(__name__)

WRITER = "postroom.writer"
BACKOFF = "postroom.writer_backoff"
FIRST_REST_SECONDS = 5
LONGEST_REST_SECONDS = 60
SHOW_SECONDS = 0.4  # between two looks of the browser at a growing draft
TOKENS_OUT = 4_096  # reserved for the answer
MOST_REPLIES = 6
MOST_EARLIER = 3

NO_KEY = "GEMINI_API_KEY is not set for the worker: an administrator has to set it there as well."
SWITCHED_OFF = "AI drafts are switched off for this mailbox."
SPENT = "The desk has spent its tokens for today (GEMINI_DAILY_TOKENS). Drafts go on at midnight UTC."
RESTING = "Gemini had trouble a moment ago and is left alone for {seconds:.0f} seconds. Try again then."
OUR_FAULT = "The desk could not make this draft: the worker's log says why."
RAN_OUT = "The model ran out of room: the draft may end too early."


@dataclass(frozen=True)
class Assignment:
    """One claimed draft, as plain values: no transaction stays open while the model writes."""

    draft_id: int
    lease: int
    ticket_id: int
    asked_by_id: int
    instructions: str


@dataclass
class Progress:
    """What has been written so far."""

    sentences: list[dict[str, Any]] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0
    was_cut: bool = False
    shown_at: float = float("-inf")


def write_draft(**_: int) -> None:
    """The job: write what is due. Ringing twice writes once."""
    write_due()


def write_waiting() -> None:
    """What a worker does by itself: give up what nobody took, then write what is due."""
    ai_drafts.give_up_drafts()
    db.session.commit()
    write_due()


def write_due() -> int:
    """Write every draft that is due. How many were tried."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    tried = 0
    while not is_stopping(app) and (assignment := claim()) is not None:
        tried += 1
        see_through(assignment, app)
    return tried


def claim() -> Assignment | None:
    draft = ai_drafts.claim_draft()
    found = None
    if draft is not None:
        found = Assignment(draft.id, draft.attempts, draft.ticket_id, draft.asked_by_id, draft.instructions)
    db.session.commit()
    return found


def see_through(assignment: Assignment, app: Flask) -> None:
    """Bring one draft to its end, whatever that is."""
    try:
        write(assignment, app)
        return
    except LeaseLost:
        db.session.rollback()
        log.warning("draft %s: another worker has it", assignment.draft_id)
        return
    except Interrupted:
        settle(assignment, None)
        return
    except Unwritten as trouble:
        why = trouble.why
        if trouble.is_down:
            backoff_of(app).failed()
    except Exception:  # a fault of ours: the agent hears of it at once, and the worker lives
        log.exception("draft %s cannot be made", assignment.draft_id)
        why = OUR_FAULT
    log.warning("draft %s came to nothing: %s", assignment.draft_id, why)
    settle(assignment, why)


def settle(assignment: Assignment, why: str | None) -> None:
    """Write down that nothing came of it, or hand it back where `why` is None."""
    db.session.rollback()
    try:
        if why is None:
            ai_drafts.hand_back(assignment.draft_id, assignment.lease)
        else:
            ai_drafts.fail_draft(assignment.draft_id, assignment.lease, why)
        db.session.commit()
    except LeaseLost:
        db.session.rollback()


def write(assignment: Assignment, app: Flask) -> None:
    """The whole way of one draft. Raises `Unwritten`, `Interrupted`, `LeaseLost`."""
    refuse_while_resting(backoff_of(app))
    writer = writer_of(app)
    matter, prompt = gather(assignment)
    checker = Checker(prompt, matter, settings_of(app).base_url)
    reserve(assignment, writer.model, matter, prompt, app)
    progress = Progress()
    try:
        for piece in read(writer.write(prompt, lambda: is_stopping(app)), checker, progress):
            show(assignment, piece, prompt)
    finally:
        db.session.rollback()
        pay(prompt, progress)
    backoff_of(app).succeeded()
    if not progress.sentences:
        raise Unwritten("Nothing of the model's answer could be shown. Write the answer yourself.")
    finish(assignment, progress, checker, prompt)


def refuse_while_resting(backoff: Backoff) -> None:
    if backoff.is_resting:
        raise Unwritten(RESTING.format(seconds=max(1.0, backoff.rests_until - backoff.clock())))


def gather(assignment: Assignment) -> tuple[Matter, Prompt]:
    """Everything the model is told. Raises `Unwritten` where it may be told nothing."""
    loads = (joinedload(Ticket.customer), joinedload(Ticket.mailbox), joinedload(Ticket.participants))
    ticket = db.session.scalars(select(Ticket).where(Ticket.id == assignment.ticket_id).options(*loads)).unique().one()
    asker = db.session.get_one(User, assignment.asked_by_id)
    matter = matter_of(ticket, asker)
    if not matter.drafts_by_ai:
        raise Unwritten(SWITCHED_OFF)
    if matter.trouble:
        raise Unwritten(f"No draft: {matter.trouble}.")
    replies = fitting(matter, usable_replies(matter, asker, approved_only=True), MOST_REPLIES)
    earlier = fitting(matter, answered_like(matter), MOST_EARLIER)
    return matter, prompt_for(matter, replies, earlier, assignment.instructions)


def reserve(assignment: Assignment, model: str, matter: Matter, prompt: Prompt, app: Flask) -> None:
    """Note who is asked and take the cost out of the day's budget, committed before the model hears a word."""
    if not ai_drafts.reserve_tokens(prompt.tokens + TOKENS_OUT, settings_of(app).gemini_daily_tokens):
        raise Unwritten(SPENT)
    ai_drafts.name_writer(assignment.draft_id, assignment.lease, model, PROMPT_VERSION, matter.last_message_id)
    db.session.commit()


def read(pieces: Iterator[Piece], checker: Checker, progress: Progress) -> Iterator[list[dict[str, Any]]]:
    """The checked sentences so far, each time there are more and some time has passed."""
    manuscript = Manuscript()
    for piece in pieces:
        progress.tokens_in = max(progress.tokens_in, piece.tokens_in)
        progress.tokens_out = max(progress.tokens_out, piece.tokens_out)
        progress.was_cut = progress.was_cut or piece.was_cut
        fresh = [sentence for raw in manuscript.feed(piece.text) if (sentence := checker.sentence(raw)) is not None]
        progress.sentences += fresh
        if fresh and time.monotonic() - progress.shown_at > SHOW_SECONDS:
            progress.shown_at = time.monotonic()
            yield progress.sentences
    manuscript.end()


def show(assignment: Assignment, sentences: list[dict[str, Any]], prompt: Prompt) -> None:
    """Let the browsers read what is there already."""
    ai_drafts.write_so_far(assignment.draft_id, assignment.lease, sentences, sources_of(prompt, sentences))
    db.session.commit()


def finish(assignment: Assignment, progress: Progress, checker: Checker, prompt: Prompt) -> None:
    note = RAN_OUT if progress.was_cut else ""
    sources = sources_of(prompt, progress.sentences)
    ai_drafts.write_so_far(assignment.draft_id, assignment.lease, progress.sentences, sources)
    finished = Finished(progress.tokens_in, progress.tokens_out, checker.found, note)
    ai_drafts.finish_draft(assignment.draft_id, assignment.lease, finished)
    db.session.commit()


def pay(prompt: Prompt, progress: Progress) -> None:
    """Put back what was reserved and not used; where the model named no figures, the reservation stands."""
    used = progress.tokens_in + progress.tokens_out
    if used:
        ai_drafts.settle_tokens(prompt.tokens + TOKENS_OUT, used)
        db.session.commit()


def sources_of(prompt: Prompt, sentences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The quotations that a sentence names, in the order of the prompt."""
    named = {source for sentence in sentences for source in sentence["sources"]}
    return [quotation.as_source() for quotation in prompt.quotations if quotation.id in named]


def writer_of(app: Flask) -> Any:
    """The process's `Writer`. Raises `Unwritten` without a key."""
    settings = settings_of(app)
    if settings.gemini_api_key is None:
        raise Unwritten(NO_KEY)
    if WRITER not in app.extensions:
        # Here and not above: the client takes more than a second to load, and only who writes a draft has to wait.
        from jobs.writer import Writer

        key = settings.gemini_api_key.get_secret_value()
        app.extensions[WRITER] = Writer(key, settings.gemini_model, settings.gemini_base_url)
    return app.extensions[WRITER]


def backoff_of(app: Flask) -> Backoff:
    """Whether the model is known to be in trouble."""
    backoff: Backoff = app.extensions.setdefault(BACKOFF, Backoff(FIRST_REST_SECONDS, LONGEST_REST_SECONDS))
    return backoff
