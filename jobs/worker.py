"""The worker process: hears the bell of each queue, and looks for itself when no bell can be heard.

Each queue has a worker of its own with threads of its own: RQ pops from two queues in a way that loses jobs, and a
mail that takes minutes must not keep an assignment waiting. Where one queue is named, the process works on that alone.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.worker import WorkerStatus
from sqlalchemy.exc import DBAPIError

from jobs.assignment import assign_waiting
from jobs.bulk import work_on_bulk
from jobs.drafting import write_waiting
from jobs.outbound import STOPPING, send_waiting, transport_of
from jobs.queues import ASSIGNING, BULK, DRAFTS, JOBS, NO_REDIS, OUTBOUND, QUEUES, SCANNING, WEBHOOKS, worker_connection
from jobs.reactions import reactions
from jobs.scanning import scan_waiting
from jobs.webhooks import tell_webhooks
from models.app import base_app
from models.errors import SettingsError
from models.heartbeat import beat
from models.job_times import note_job_time
from models.log_context import about
from models.settings import Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 3  # how often a worker looks for work that no bell announced
RECONNECT_SECONDS = 2
GRACE_SECONDS = 15  # how long a stopping worker lets a mail under way go on
JOIN_SECONDS = 22

# What a worker of the queue does when it looks for itself.
LOOKS: dict[str, Callable[[], None]] = {
    OUTBOUND: send_waiting,
    ASSIGNING: assign_waiting,
    WEBHOOKS: tell_webhooks,
    DRAFTS: write_waiting,
    BULK: work_on_bulk,
    SCANNING: scan_waiting,
}


class KnownJob(Job):
    """A job that can be nothing but one of ours: a name in Redis is not a licence to run any function."""

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name not in JOBS:
            raise ValueError(f"there is no job named {self.func_name!r}")
        function: Callable[..., Any] = super().func
        return function

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None


@contextmanager
def timed(connection: Redis, job: str) -> Iterator[None]:
    """Count how long it takes, for `/metrics`; a Redis that is away costs the figure and nothing else."""
    began = time.monotonic()
    yield
    with suppress(RedisError):
        note_job_time(connection, job, time.monotonic() - began)


class Listener(SimpleWorker):
    """RQ's worker in our process: no fork, no orders taken over Redis, signals left to `Worker`."""

    job_class = KnownJob
    death_penalty_class = TimerDeathPenalty  # the other one works with signals, and so in the main thread alone
    max_connection_wait_time = 5

    def __init__(self, app: Flask, queue: str, redis_url: str) -> None:
        self.app = app
        super().__init__(
            [queue], connection=worker_connection(redis_url), serializer=JSONSerializer, worker_ttl=60
        )

    def perform_job(self, job: Job, *args: Any, **kwargs: Any) -> bool:
        with self.app.app_context(), about(ticket=job.kwargs.get("ticket_id")), timed(self.connection, job.func_name):
            return super().perform_job(job, *args, **kwargs)  # with a session of its own

    def subscribe(self) -> None:
        """RQ would listen for orders such as 'stop this job'; we give none, and others must not."""

    def _install_signal_handlers(self) -> None:
        """`Worker` has its own."""

    @property
    def is_busy(self) -> bool:
        return self.get_state() == WorkerStatus.BUSY

    def stop_after_this_job(self) -> None:
        self._stop_requested = True


class Worker:
    """One queue, two threads: one hears the bell, the other looks every few seconds."""

    def __init__(self, settings: Settings, queue: str) -> None:
        if settings.redis_url is None:
            raise SettingsError(NO_REDIS)
        self.redis_url = settings.redis_url
        self.queue = queue
        self.app = base_app(settings, reactions(settings), pool_size=4)
        self.stopping = self.app.extensions[STOPPING] = threading.Event()
        self.listener: Listener | None = None
        self.heartbeat_file = settings.heartbeat_file
        self.looker = threading.Thread(target=self.look, name="looker", daemon=True)
        self.transport = transport_of(self.app)

    def run(self) -> None:
        with suppress(StopRequested):
            self.looker.start()
            self.listen()
        if self.looker.is_alive():
            self.looker.join(JOIN_SECONDS)

    def listen(self) -> None:
        """Hear the bell; when Redis goes away, wait for it to come back."""
        while not self.stopping.is_set():
            try:
                self.listener = Listener(self.app, self.queue, self.redis_url)
                self.listener.work(logging_level="WARNING")
            except RedisError as trouble:
                log.warning(
                    "no bell can be heard, looking every %s seconds instead: %s", LOOK_SECONDS, trouble
                )
            except StopRequested:
                raise
            except Exception:  # whatever RQ stumbled over: a thread that ends here would never hear a bell again
                log.exception("hearing the bell of %s failed; it begins anew", self.queue)
            self.stopping.wait(RECONNECT_SECONDS)

    def look(self) -> None:
        """Do what is due, bell or no bell: a Redis that is down or flushed costs seconds and no mail."""
        while not self.stopping.wait(LOOK_SECONDS):
            with self.app.app_context():
                try:
                    LOOKS[self.queue]()
                except DBAPIError as trouble:
                    log.warning("cannot look for work: %s", trouble.orig)
                except (
                    Exception
                ):  # the thread must live: without it a lost bell would mean lost time, unbounded
                    log.exception("looking for work failed")
            beat(self.heartbeat_file)

    @property
    def is_busy(self) -> bool:
        return self.listener is not None and self.listener.is_busy

    def stop(self) -> None:
        """Take nothing new; what is under way may finish, but not for longer than the grace."""
        self.stopping.set()
        timer = threading.Timer(GRACE_SECONDS, self.transport.cut_off)
        timer.daemon = True
        timer.start()
        if self.listener is not None and self.is_busy:
            self.listener.stop_after_this_job()


def run(settings: Settings, queue: str = "") -> None:
    """Work on `queue`, or on all, until SIGTERM or SIGINT; gone within 25 seconds after. Raises `SettingsError`."""
    if queue and queue not in QUEUES:
        raise SettingsError(f"there is no queue {queue!r}: there is {', '.join(QUEUES)}")
    first, *others = [Worker(settings, name) for name in ([queue] if queue else QUEUES)]

    def stop(signum: int, frame: FrameType | None) -> None:
        if first.stopping.is_set():
            return
        for worker in (first, *others):
            worker.stop()
        if not first.is_busy:
            raise StopRequested  # wakes the main thread, which waits for the bell

    threads = [threading.Thread(target=worker.run, name=worker.queue, daemon=True) for worker in others]
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for thread in threads:
        thread.start()
    first.run()
    leave(others, threads)


def leave(workers: Sequence[Worker], threads: Sequence[threading.Thread]) -> None:
    """Wait for those who have something in hand. Who only listens for the bell goes with the process."""
    until = time.monotonic() + JOIN_SECONDS
    for worker, thread in zip(workers, threads, strict=True):
        while (worker.looker.is_alive() or worker.is_busy) and thread.is_alive() and time.monotonic() < until:
            thread.join(0.05)
