"""What follows from what: one table from events to the names of jobs, and the bell that rings them."""

import logging
from collections import defaultdict
from collections.abc import Sequence

from redis import Redis
from redis.exceptions import RedisError
from rq.queue import EnqueueData

from jobs.backoff import Backoff
from jobs.live import publish
from jobs.queues import JOBS, bell, bell_connection, queue
from models.app import HandOver
from models.events import BulkAsked, DraftAsked, Event, MailQueued, TicketCreated
from models.settings import Settings

log = logging.getLogger(__name__)

# Each job gets the event's ids as keyword arguments.
REACTIONS: dict[type[Event], tuple[str, ...]] = {
    MailQueued: ("jobs.outbound.send_message",),
    DraftAsked: ("jobs.drafting.write_draft",),
    TicketCreated: ("jobs.assignment.assign_ticket",),
    BulkAsked: ("jobs.bulk.work_on_bulk",),
}

FIRST_REST_SECONDS = 1
LONGEST_REST_SECONDS = 15


def reactions(settings: Settings) -> HandOver:
    """The hand-over of an application: after a commit it tells browsers and workers in one trip.

    Never raises, and costs a request about 200 ms at most, once in a while, when Redis is away: what is lost
    is found by the sweep and by whoever reconnects.
    """
    if settings.redis_url is None:
        return lambda happened: None
    connection = bell_connection(settings.redis_url)
    backoff = Backoff(FIRST_REST_SECONDS, LONGEST_REST_SECONDS)

    def hand_over(happened: Sequence[tuple[int, Event]]) -> None:
        if backoff.is_resting:
            return
        try:
            ring(connection, happened)
        except RedisError as trouble:
            backoff.failed()
            log.warning("Redis cannot be rung, the sweep will see to it: %s", trouble)
        except Exception:  # whatever it is, the commit has happened and its caller must hear so
            backoff.failed()
            log.exception("ringing the bell failed")
        else:
            backoff.succeeded()

    return hand_over


def ring(connection: Redis, happened: Sequence[tuple[int, Event]]) -> None:
    """Publish every event, and enqueue what follows from it. Raises `RedisError`."""
    with connection.pipeline(transaction=False) as pipeline:
        for event_id, _ in happened:
            publish(pipeline, event_id)
        for name, bells in calls(happened).items():
            queue(name, connection).enqueue_many(bells, pipeline=pipeline)
        pipeline.execute()


def calls(happened: Sequence[tuple[int, Event]]) -> dict[str, list[EnqueueData]]:
    """The jobs that follow, by queue."""
    found: dict[str, list[EnqueueData]] = defaultdict(list)
    for _, event in happened:
        for job in REACTIONS.get(type(event), ()):
            found[JOBS[job]].append(bell(job, event.ids()))
    return dict(found)
