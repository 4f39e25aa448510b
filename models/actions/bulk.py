"""Asking for bulk work, and taking it back. What it is about is written down at once; a worker does it ticket by ticket."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, select

from models.actions.snoozing import LONGEST
from models.actions.tickets import clean_tags
from models.actor import Actor
from models.bulk import UNDO, Act, BulkItem, BulkJob, BulkState, ItemState
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.events import BulkAsked, record
from models.people import STAFF, User
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Priority, Status, Ticket, ref_of

MOST_TICKETS = 5000
KEPT = timedelta(days=30)


def ask_for_bulk(
    asker: User,
    visibility: AgentVisibility,
    act: str,
    value: Mapping[str, Any],
    wanted: Sequence[ColumnElement[bool]],
) -> BulkJob:
    """Do `act` with `value` to the tickets that `wanted` names and the asker may see, `MOST_TICKETS` at most.

    Which they are is settled now: what comes into a list later is not touched. Raises `Forbidden`, `Invalid`.
    """
    if not asker.is_staff:
        raise Forbidden("bulk work is for the team")
    job = BulkJob(asked_by_id=asker.id, act=act, **checked(act, value, asker, visibility))
    db.session.add(job)
    db.session.flush()
    ids = select(literal(job.id), Ticket.id).where(visible_to(asker, visibility), *wanted)
    ids = ids.order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(MOST_TICKETS)
    db.session.execute(insert(BulkItem).from_select(["job_id", "ticket_id"], ids))
    if not begin(job):
        raise Invalid("tickets", "there is no ticket to do this to")
    return job


def undo_bulk(job_id: int, actor: Actor) -> BulkJob:
    """Take back what a job of one's own has done, within its time. Raises `NotFound`, `Conflict`.

    Tickets that somebody has changed since stay as they are. Whether they are still in one's sight does not matter:
    they come back to how one saw them.
    """
    job = db.session.get(BulkJob, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.asked_by_id != actor.id:
        raise NotFound("there is no such bulk work of yours")
    if not may_be_undone(job):
        raise Conflict("this cannot be taken back, or not any more")
    if db.session.scalar(select(BulkJob.id).where(BulkJob.undo_of_id == job.id)) is not None:
        raise Conflict("this is being taken back already")
    undoing = BulkJob(
        asked_by_id=job.asked_by_id, act=Act.UNDO, value={"act": job.act, "value": job.value}, said="taken back", undo_of_id=job.id
    )
    db.session.add(undoing)
    db.session.flush()
    done = select(literal(undoing.id), BulkItem.ticket_id, BulkItem.before)
    done = done.where(BulkItem.job_id == job.id, BulkItem.state == ItemState.DONE)
    db.session.execute(insert(BulkItem).from_select(["job_id", "ticket_id", "before"], done))
    job.seen_at = func.clock_timestamp()
    begin(undoing)
    return undoing


def may_be_undone(job: BulkJob) -> bool:
    finished = job.finished_at
    return job.act != Act.UNDO and finished is not None and datetime.now(UTC) - finished < UNDO


def begin(job: BulkJob) -> int:
    """Count the tickets and ring for a worker; a job without any is done. How many there are."""
    first, job.total = db.session.execute(
        select(func.min(BulkItem.ticket_id), func.count()).where(BulkItem.job_id == job.id)
    ).one()
    if first is None:
        job.state, job.finished_at = BulkState.DONE, func.clock_timestamp()
    else:
        record(BulkAsked(first, job.id))
    return job.total


def put_away(job_id: int, actor: Actor) -> None:
    """The agent has seen what became of it. Raises `NotFound`."""
    job = db.session.get(BulkJob, job_id)
    if job is None or job.asked_by_id != actor.id:
        raise NotFound("there is no such bulk work of yours")
    job.seen_at = func.clock_timestamp()


def forget_old_bulk(limit: int = 20) -> int:
    """Let go of jobs that are long over, some at a time; how many. What they did stands on the timelines."""
    old = select(BulkJob).where(BulkJob.created_at < func.clock_timestamp() - KEPT).order_by(BulkJob.created_at).limit(limit)
    jobs = db.session.scalars(old).all()
    for job in jobs:
        db.session.delete(job)
    return len(jobs)


def checked(act: str, value: Mapping[str, Any], asker: User, visibility: AgentVisibility) -> dict[str, Any]:
    """The value as it is kept, and the act in words. Raises `Invalid` for what no ticket could be given."""
    if act not in CHECKS:
        raise Invalid("act", f"bulk work is one of {', '.join(CHECKS)}")
    kept, said = CHECKS[act](value, asker, visibility)
    return {"value": kept, "said": said}


Checked = tuple[dict[str, Any], str]


def check_agent(value: Mapping[str, Any], asker: User, visibility: AgentVisibility) -> Checked:
    agent_id = value.get("agent")
    if agent_id is None:
        return {"agent": None}, "assigned to nobody"
    agent = db.session.get(User, agent_id)
    if agent is None or agent.role not in STAFF or not agent.is_active:
        raise Invalid("agent", "tickets go to active agents and administrators only")
    return {"agent": agent.id}, f"assigned to {agent.name}"


def check_status(value: Mapping[str, Any], asker: User, visibility: AgentVisibility) -> Checked:
    status = value.get("status")
    if status not in list(Status):
        raise Invalid("status", f"a status is one of {', '.join(Status)}")
    return {"status": str(status)}, f"set to {str(status).lower().replace('_', ' ')}"


def check_priority(value: Mapping[str, Any], asker: User, visibility: AgentVisibility) -> Checked:
    priority = value.get("priority")
    if priority not in list(Priority):
        raise Invalid("priority", f"a priority is one of {', '.join(Priority)}")
    return {"priority": str(priority)}, f"given the priority {str(priority).lower()}"


def check_tag(value: Mapping[str, Any], asker: User, visibility: AgentVisibility) -> Checked:
    tags = clean_tags([str(value.get("tag") or "")])
    if not tags:
        raise Invalid("tag", "name the tag")
    return {"tag": tags[0]}, f"tagged “{tags[0]}”"


def check_untag(value: Mapping[str, Any], asker: User, visibility: AgentVisibility) -> Checked:
    kept, _ = check_tag(value, asker, visibility)
    return kept, f"freed of the tag “{kept['tag']}”"


def check_until(value: Mapping[str, Any], asker: User, visibility: AgentVisibility) -> Checked:
    until = value.get("until")
    if until is None:
        return {"until": None}, "woken"
    if not isinstance(until, datetime) or until.tzinfo is None or not timedelta() < until - datetime.now(UTC) <= LONGEST:
        raise Invalid("until", "a ticket can be snoozed until a time in the future, within a year")
    return {"until": until.isoformat()}, "snoozed"


def check_into(value: Mapping[str, Any], asker: User, visibility: AgentVisibility) -> Checked:
    into = value.get("into")
    seen = select(Ticket.id).where(Ticket.id == into, visible_to(asker, visibility))
    if into is None or db.session.scalar(seen) is None:
        raise Invalid("into", "name a ticket that you can see")
    return {"into": int(into)}, f"merged into {ref_of(int(into))}"


CHECKS = {
    Act.ASSIGN: check_agent,
    Act.STATUS: check_status,
    Act.PRIORITY: check_priority,
    Act.TAG: check_tag,
    Act.UNTAG: check_untag,
    Act.SNOOZE: check_until,
    Act.MERGE: check_into,
}
