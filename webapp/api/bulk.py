"""Bulk work: one act on many tickets, its progress, and taking it back."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement

from models.actions.bulk import ask_for_bulk, may_be_undone, undo_bulk
from models.api_token import Scope
from models.bulk import BulkJob
from models.database import db
from models.errors import Invalid
from models.queries.bulk import bulk_of, refusals_of
from models.queries.search import matching, within_patience
from models.search_words import MOST_LETTERS, read_search
from models.ticket import Priority, Status, Ticket
from webapp.api.callers import Who, caller, visibility
from webapp.api.calls import call
from webapp.api.shapes import Moment, Sent, Told

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class BulkWanted(Sent):
    """An act, the value it needs (`agent`, `status`, `priority`, `tag`, `until`, `into`), and which tickets."""

    act: Literal["assign", "status", "priority", "tag", "untag", "snooze", "merge"]
    agent: Id | None = Field(None, description="for assign; null: nobody")
    status: Status | None = None
    priority: Priority | None = None
    tag: str | None = Field(None, max_length=60)
    until: AwareDatetime | None = Field(None, description="for snooze; null: wake them")
    into: Id | None = Field(None, description="for merge: the ticket that stays")
    tickets: list[Id] = Field([], max_length=1000)
    q: str = Field("", max_length=MOST_LETTERS, description="instead of `tickets`: all that match, as in /tickets/search/")


class Refusal(Told):
    why: str
    number: int
    refs: list[str] = Field(description="the first of them")


class BulkShape(Told):
    id: int
    said: str = Field(description="the act in words")
    state: Literal["queued", "working", "done"]
    total: int
    done: int
    refused: int
    refusals: list[Refusal]
    may_be_undone: bool
    created_at: Moment
    finished_at: Moment | None


@call("POST", "/bulk/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={202: BulkShape})
def ask_bulk(body: BulkWanted) -> BulkShape:
    """Have something done to many tickets that you may see, 5,000 at most; a worker does it one by one."""
    value = {"agent": body.agent, "status": body.status, "priority": body.priority, "tag": body.tag, "until": body.until, "into": body.into}
    with within_patience():
        job = ask_for_bulk(caller().user, visibility(), body.act, value, wanted(body))
    db.session.commit()
    return bulk_shape(bulk_of(caller().user, job.id))


@call("GET", "/bulk/<int:job_id>/", who=Who.TEAM, scope=Scope.TICKETS_READ, answers={200: BulkShape})
def get_bulk(job_id: int) -> BulkShape:
    """How bulk work of yours is getting on."""
    return bulk_shape(bulk_of(caller().user, job_id))


@call("POST", "/bulk/<int:job_id>/undo/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={202: BulkShape}, refuses=(409,))
def take_bulk_back(job_id: int) -> BulkShape:
    """Take bulk work of yours back, within fifteen minutes; what somebody has changed since stays."""
    undoing = undo_bulk(job_id, caller().actor)
    db.session.commit()
    return bulk_shape(undoing)


def wanted(body: BulkWanted) -> list[ColumnElement[bool]]:
    if bool(body.tickets) == bool(body.q.strip()):
        raise Invalid("tickets", "name either tickets or a search")
    if body.tickets:
        return [Ticket.id.in_(body.tickets)]
    read = read_search(body.q)
    if read.problems or read.is_empty:
        raise Invalid("q", read.problems[0] if read.problems else "say which tickets")
    return matching(read, caller().user)


def bulk_shape(job: BulkJob) -> BulkShape:
    return BulkShape(
        id=job.id,
        said=job.said,
        state=job.state,  # type: ignore[arg-type]
        total=job.total,
        done=job.done,
        refused=job.refused,
        refusals=[Refusal(why=each.why, number=each.number, refs=list(each.refs)) for each in refusals_of(job)] if job.refused else [],
        may_be_undone=may_be_undone(job) and job.done > 0,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
