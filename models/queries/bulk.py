"""How bulk work is getting on, for whoever asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from models.bulk import UNDO, BulkItem, BulkJob, BulkState, ItemState
from models.database import db
from models.errors import NotFound
from models.people import User
from models.queries.counting import Count, up_to
from models.ticket import ref_of

MOST_REFUSALS = 5


@dataclass(frozen=True)
class Refusals:
    """Why nothing was done to some tickets: one reason, how many, and the references of the first of them."""

    why: str
    number: int
    refs: tuple[str, ...]


def bulk_of(viewer: User, job_id: int) -> BulkJob:
    """A job of the viewer's own. Raises `NotFound`."""
    job = db.session.get(BulkJob, job_id, populate_existing=True)
    if job is None or job.asked_by_id != viewer.id:
        raise NotFound("there is no such bulk work of yours")
    return job


def bulk_to_show(viewer: User) -> BulkJob | None:
    """The newest job that is under way, or has come to its end lately and was not put away."""
    wanted = select(BulkJob).where(*is_to_be_shown(viewer.id))
    return db.session.scalars(wanted.order_by(BulkJob.id.desc()).limit(1)).first()


def bulk_count(viewer_id: int) -> Count:
    """1 where `bulk_to_show` has something, else 0."""
    return up_to(select(BulkJob.id).where(*is_to_be_shown(viewer_id)), 1)


def is_to_be_shown(viewer_id: int) -> tuple[ColumnElement[bool], ...]:
    lately = or_(BulkJob.state != BulkState.DONE, BulkJob.finished_at > func.clock_timestamp() - UNDO)
    return BulkJob.asked_by_id == viewer_id, BulkJob.seen_at.is_(None), lately


def refusals_of(job: BulkJob) -> Sequence[Refusals]:
    """The reasons for what was refused, the most frequent first."""
    counted = (
        select(BulkItem.why, func.count(), func.array_agg(BulkItem.ticket_id))
        .where(BulkItem.job_id == job.id, BulkItem.state == ItemState.REFUSED)
        .group_by(BulkItem.why)
        .order_by(func.count().desc())
        .limit(MOST_REFUSALS)
    )
    return [Refusals(why, number, tuple(ref_of(each) for each in sorted(ids)[:3])) for why, number, ids in db.session.execute(counted)]
