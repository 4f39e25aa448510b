"""The RQ queues: which jobs there are, on which queue each lies, and how Redis is reached.

A job is a bell and carries ids: Postgres knows what is to be done. So no result is kept, nothing is
retried by RQ, and a bell that nobody heard in time is forgotten. One queue per worker process, for with two
RQ pops in a way that loses jobs when a worker dies. JSON, because unpickling runs what it reads.
"""

from collections.abc import Mapping

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisGone
from redis.retry import Retry
from rq import Queue
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from models.redis_address import redis_at

OUTBOUND = "outbound"
DRAFTS = "drafts"  # apart from the mail: a model that is slow keeps nobody's answer waiting
ASSIGNING = "assigning"
WEBHOOKS = "webhooks"
BULK = "bulk"
SCANNING = "scanning"

# Every job there is, and its queue. A worker runs these names and no other, whatever somebody put into Redis.
JOBS = {
    "jobs.outbound.send_message": OUTBOUND,
    "jobs.outbound.send_waiting": OUTBOUND,
    "jobs.drafting.write_draft": DRAFTS,
    "jobs.assignment.assign_ticket": ASSIGNING,
    "jobs.assignment.assign_waiting": ASSIGNING,
    "jobs.webhooks.tell_webhooks": WEBHOOKS,
    "jobs.bulk.work_on_bulk": BULK,
    "jobs.scanning.scan_waiting": SCANNING,
}
QUEUES = tuple(sorted(set(JOBS.values())))

NO_REDIS = "REDIS_URL is not set, and this process starts no Redis of its own (`postroom up` does)"

BELL_SECONDS = 0.1
FORGET_SECONDS = 600


def bell_connection(url: str) -> Redis:
    """For the way of a request: a slow Redis is not waited for. Connects when first used."""
    # One more try, for a connection that went stale in the pool; none after a time-out.
    once_more = Retry(NoBackoff(), 1, supported_errors=(RedisGone,))
    return redis_at(
        url, socket_connect_timeout=BELL_SECONDS, socket_timeout=BELL_SECONDS, retry=once_more
    )


def worker_connection(url: str) -> Redis:
    """For a worker, which waits for jobs; RQ gives it the long read time-out that needs."""
    return redis_at(url, socket_connect_timeout=2, socket_timeout=15, retry=Retry(NoBackoff(), 0))


def queue(name: str, connection: Redis) -> Queue:
    return Queue(name, connection=connection, serializer=JSONSerializer)


def bell(job: str, ids: Mapping[str, object]) -> EnqueueData:
    """The call of `job` with `ids` as keyword arguments."""
    return Queue.prepare_data(
        job,
        kwargs=dict(ids),
        timeout=-1,
        result_ttl=0,
        failure_ttl=FORGET_SECONDS,
        ttl=FORGET_SECONDS,
        description=job,
    )
