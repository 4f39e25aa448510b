"""AI drafts: asking for one, waiting for it, looking again later."""

import re
import time
from http import HTTPStatus
from typing import Literal

from flask import request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field

from models.actions.ai_drafts import MAX_INSTRUCTIONS
from models.ai_draft import AiDraft, DraftState
from models.api_token import Scope
from models.database import db
from models.queries.ai_drafts import draft_seen_by
from webapp import errors
from webapp.ai_drafts.asking import ask
from webapp.api.callers import Who, caller, visibility
from webapp.api.calls import call
from webapp.api.shapes import Sent, Told

LONGEST_WAIT = 30  # seconds
GLANCE = 0.25

PREFER = {"Prefer": "`wait=30`: answer when the draft is ready, or after so many seconds"}


class DraftWanted(Sent):
    instructions: str = Field("", max_length=MAX_INSTRUCTIONS, description="what the answer should mind")


class DraftSource(Told):
    id: str
    kind: Literal["message", "reply", "ticket"] = Field(description="a message of the ticket, a saved reply, or an earlier ticket")
    row: int = Field(description="its id")
    title: str


class DraftDoubt(Told):
    """Words of the draft that somebody has to look at before it is sent."""

    text: str
    kind: str


class DraftShape(Told):
    """A draft. It is never sent: `text` is yours to send, or not."""

    id: int
    status: Literal["queued", "writing", "ready", "failed"]
    url: str
    text: str = Field(description="empty until it is ready, and where nothing fits")
    model: str | None = Field(description="null where no model had a part in it")
    sources: list[DraftSource]
    doubts: list[DraftDoubt]
    hint: str


@call(
    "POST",
    "/tickets/<int:ticket_id>/ai-draft/",
    who=Who.TEAM,
    scope=Scope.TICKETS_WRITE,
    answers={202: DraftShape, 200: DraftShape},
    refuses=(409, 503),
    headers=PREFER,
)
def ask_for_draft(ticket_id: int, body: DraftWanted) -> ResponseReturnValue | tuple[DraftShape, int]:
    """Have an answer drafted. Without a key for a model, what the desk has said before that fits best."""
    draft = ask(ticket_id, caller().user, body.instructions)
    db.session.commit()
    seconds = seconds_to_wait()
    until = time.monotonic() + seconds
    while draft.is_under_way and time.monotonic() < until:
        db.session.rollback()
        time.sleep(GLANCE)
        draft = draft_seen_by(caller().user, visibility(), ticket_id, draft.id)
    is_answer = bool(seconds) and not draft.is_under_way
    return told(draft, HTTPStatus.OK if is_answer else HTTPStatus.ACCEPTED)


@call(
    "GET",
    "/tickets/<int:ticket_id>/ai-draft/<int:draft_id>/",
    who=Who.TEAM,
    scope=Scope.TICKETS_READ,
    answers={200: DraftShape},
    refuses=(503,),
)
def read_draft(ticket_id: int, draft_id: int) -> ResponseReturnValue | tuple[DraftShape, int]:
    """How far a draft is, and what it says once it is ready."""
    return told(draft_seen_by(caller().user, visibility(), ticket_id, draft_id), HTTPStatus.OK)


def told(draft: AiDraft, status: int) -> ResponseReturnValue | tuple[DraftShape, int]:
    """The draft, or why there is none."""
    if draft.state == DraftState.FAILED:
        return errors.answer(HTTPStatus.SERVICE_UNAVAILABLE, draft.note)
    return shape_of(draft), status


def shape_of(draft: AiDraft) -> DraftShape:
    is_ready = draft.state == DraftState.READY
    marked = [(each["text"][start:end], kind) for each in draft.sentences for start, end, kind in each["marks"]]
    return DraftShape(
        id=draft.id,
        status=draft.state,  # type: ignore[arg-type]
        url=url_for("api.read_draft", ticket_id=draft.ticket_id, draft_id=draft.id),
        text=draft.text if is_ready else "",
        model=draft.model if is_ready else None,
        sources=[DraftSource.model_validate(each) for each in draft.sources] if is_ready else [],
        doubts=[DraftDoubt(text=text, kind=kind) for text, kind in marked] if is_ready else [],
        hint=draft.note,
    )


def seconds_to_wait() -> int:
    """What the caller prefers (RFC 7240, section 4.3); 0 where he does not."""
    wish = re.search(r"\bwait=(\d{1,4})\b", request.headers.get("Prefer", ""))
    return min(int(wish[1]), LONGEST_WAIT) if wish else 0
