"""Doing bulk work: leased to one worker, a transaction for each ticket, so that a death in the middle does nothing twice."""

from datetime import timedelta

from sqlalchemy import Interval, cast, func, or_, select, text, update

from models.actions.bulk_acts import WAYS
from models.actions.tickets import lock_ticket
from models.actor import Actor, actor_of
from models.bulk import UNFINISHED, Act, BulkItem, BulkJob, BulkState, ItemState
from models.database import db
from models.errors import DeskError, Forbidden, NotFound
from models.people import User
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Ticket

LEASE = timedelta(seconds=60)
MOST_LEASES = 10
NOT_SEEN = "it is not yours to see"
WORKERS_DIED = "worker after worker died over it"

now = func.clock_timestamp


class LeaseLost(Exception):
    """The job is another worker's now."""


def claim_bulk() -> BulkJob | None:
    """The job that has waited longest, leased to the caller; its `lease` is the number of the lease."""
    free = or_(BulkJob.state == BulkState.QUEUED, BulkJob.lease_until < now())
    oldest = select(BulkJob.id).where(text(UNFINISHED), free).order_by(BulkJob.id).limit(1).with_for_update(skip_locked=True)
    claimed = (
        update(BulkJob)
        .where(BulkJob.id == oldest.scalar_subquery())
        .values(state=BulkState.WORKING, lease=BulkJob.lease + 1, lease_until=now() + cast(LEASE, Interval))
        .returning(BulkJob)
    )
    job = db.session.scalar(claimed, execution_options={"populate_existing": True})
    if job is not None and job.lease > MOST_LEASES:
        give_up(job)
    return job


def give_up(job: BulkJob) -> None:
    left = (BulkItem.job_id == job.id) & (BulkItem.state == ItemState.WAITING)
    given_up = db.session.execute(update(BulkItem).where(left).values(state=ItemState.REFUSED, why=WORKERS_DIED))
    job.refused += given_up.rowcount
    finish(job)


def next_tickets(job_id: int, number: int) -> list[int]:
    """Some of the tickets that wait, the lowest numbers first."""
    waiting = select(BulkItem.ticket_id).where(BulkItem.job_id == job_id, BulkItem.state == ItemState.WAITING)
    return list(db.session.scalars(waiting.order_by(BulkItem.ticket_id).limit(number)))


def do_one(job_id: int, lease: int, ticket_id: int, visibility: AgentVisibility) -> None:
    """What the job wants, for one ticket; a refusal is written down beside it. The caller commits. Raises `LeaseLost`."""
    job = held(job_id, lease)
    item = db.session.get_one(BulkItem, (job_id, ticket_id), with_for_update=True, populate_existing=True)
    if item.state != ItemState.WAITING:
        return
    asker = db.session.get_one(User, job.asked_by_id, populate_existing=True)
    try:
        with db.session.begin_nested():
            before = act_on(job, item, asker, visibility)
    except DeskError as refused:
        item.state, item.why = ItemState.REFUSED, refused.detail
        job.refused += 1
        return
    item.state = ItemState.SAME if before is None else ItemState.DONE
    item.before = before or {}
    job.done += 1


def act_on(job: BulkJob, item: BulkItem, asker: User, visibility: AgentVisibility) -> dict[str, object] | None:
    """Rights are asked anew for each ticket: who loses sight of one, or leaves the team, does nothing to it any more."""
    actor: Actor = actor_of(asker)
    if not asker.is_active or not asker.is_staff:
        raise Forbidden("whoever asked for it is not on the team any more")
    if job.act == Act.UNDO:
        ticket = lock_ticket(item.ticket_id)
        WAYS[job.value["act"]].undo(ticket, job.value["value"], item.before, actor)
        return {}
    touched = {item.ticket_id, *([job.value["into"]] if job.act == Act.MERGE else [])}
    seen = select(Ticket.id).where(Ticket.id.in_(touched), visible_to(asker, visibility))
    if set(db.session.scalars(seen)) != touched:
        raise NotFound(NOT_SEEN)
    return WAYS[job.act].do(item.ticket_id, job.value, actor)


def finish_if_done(job_id: int, lease: int) -> bool:
    """Close the job when nothing waits in it any more. Raises `LeaseLost`."""
    job = held(job_id, lease)
    if next_tickets(job_id, 1):
        return False
    finish(job)
    return True


def finish(job: BulkJob) -> None:
    job.state, job.lease_until, job.finished_at = BulkState.DONE, None, now()


def hand_back(job_id: int, lease: int) -> None:
    """This worker has to end: another one goes on where it stopped. Raises `LeaseLost`."""
    job = held(job_id, lease)
    job.state, job.lease_until, job.lease = BulkState.QUEUED, None, job.lease - 1


def held(job_id: int, lease: int) -> BulkJob:
    """The job, locked, its lease made longer."""
    job = db.session.get(BulkJob, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.state != BulkState.WORKING or job.lease != lease:
        raise LeaseLost(f"bulk job {job_id}")
    job.lease_until = now() + cast(LEASE, Interval)
    return job
