"""The jobs that assign: one ticket when it was opened, and all that still wait when a bell was lost.

Which ticket waits and who has room stands in Postgres; see `models/actions/assignment.py`.
"""

import logging

from models.actions.assignment import assign_waiting_ticket, assign_what_waits, one_assignment_at_a_time
from models.database import db
from models.errors import NotFound

log = logging.getLogger(__name__)


def assign_ticket(*, ticket_id: int, **_: object) -> None:
    """The job: give one ticket to whoever is at work and has room. Ringing twice assigns once."""
    try:
        agent = assign_waiting_ticket(ticket_id)
    except NotFound:  # deleted since
        db.session.rollback()
        return
    db.session.commit()
    if agent is not None:
        log.info("ticket %s: assigned to agent %s", ticket_id, agent.id)


def assign_waiting() -> None:
    """The job, and what a worker does by itself: give out all that waits, a batch to a transaction."""
    given = -1
    while given:
        one_assignment_at_a_time()
        given = assign_what_waits()
        db.session.commit()
