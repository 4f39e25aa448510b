"""The job that does bulk work: claims what waits, and goes through its tickets one transaction at a time."""

import logging
from threading import Event

from flask import current_app
from sqlalchemy.exc import OperationalError

from jobs.outbound import STOPPING
from models.actions.bulk_work import LeaseLost, claim_bulk, do_one, finish_if_done, hand_back, next_tickets
from models.app import settings_of
from models.bulk import BulkJob, BulkState
from models.database import db

log = logging.getLogger(__name__)

AT_ONCE = 100  # tickets looked up together; each is still a transaction of its own
MOST_TRIES = 5


def work_on_bulk(**_: object) -> None:
    """The job, and what a worker does by itself: everything that waits, until nothing does or the worker has to end."""
    while not is_stopping():
        job = claim_bulk()
        db.session.commit()
        if job is None:
            return
        if job.state == BulkState.DONE:
            log.error("bulk job %s: worker after worker died over it", job.id)
            continue
        try:
            go_through(job)
        except LeaseLost:
            db.session.rollback()
            log.warning("bulk job %s: another worker has it", job.id)


def go_through(job: BulkJob) -> None:
    """Raises `LeaseLost`."""
    job_id, lease = job.id, job.lease
    while not finish_if_done(job_id, lease):
        for ticket_id in next_tickets(job_id, AT_ONCE):
            db.session.rollback()
            if is_stopping():
                hand_back(job_id, lease)
                db.session.commit()
                return
            one_ticket(job_id, lease, ticket_id)
    db.session.commit()
    log.info("bulk job %s is done", job_id)


def one_ticket(job_id: int, lease: int, ticket_id: int) -> None:
    """One ticket, again where somebody else held it too long. Raises `LeaseLost`, `OperationalError`."""
    for tried in range(1, MOST_TRIES + 1):
        try:
            do_one(job_id, lease, ticket_id, settings_of(current_app).agent_visibility)
            db.session.commit()
            return
        except OperationalError:  # a deadlock, or a lock that was not given in time
            db.session.rollback()
            if tried == MOST_TRIES:
                raise


def is_stopping() -> bool:
    stopping: Event | None = current_app.extensions.get(STOPPING)
    return stopping is not None and stopping.is_set()
