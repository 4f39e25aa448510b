"""The clock: puts right what a lost bell, a dead sender or a flushed Redis left lying. Any number may run."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from zoneinfo import ZoneInfo

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import exists, select
from sqlalchemy.exc import DBAPIError

from jobs.probe import Prober
from jobs.queues import JOBS, NO_REDIS, bell, bell_connection, queue
from jobs.reactions import reactions
from jobs.webhooks import webhooks_wait
from models.actions.ai_drafts import give_up_drafts
from models.actions.alarm_mails import tell_of_alarms
from models.actions.alarms import look_after_custody, look_after_scanner
from models.actions.bulk import forget_old_bulk
from models.actions.budgets import forget_old_budgets
from models.actions.codes import forget_old_codes
from models.actions.events import forget_old_events
from models.actions.figures import close_days
from models.actions.forgetting import clear_set_aside, forget_old_bytes, forget_sent_bytes
from models.actions.guesses import forget_old_guesses
from models.actions.mail_figures import close_mail_days
from models.actions.orphans import remove_orphans
from models.actions.outbox import doubt_lost_answers, is_due, warn_of_late_mail
from models.actions.pulse import count_hours, forget_probes, look_after_pulse
from models.actions.scanning import files_to_scan
from models.actions.signing_in import forget_old_sign_ins
from models.actions.remote_pictures import forget_old_pictures
from models.actions.snoozing import wake_what_is_due
from models.actions.tallies import fold_tallies
from models.actions.webhook_deliveries import forget_old_deliveries
from models.app import base_app, blobs_of, scanner_of, settings_of
from models.blobs import SHELVES, BlobsUnavailable, BlobStore
from models.database import db
from models.errors import SettingsError
from models.heartbeat import beat
from models.queries.assignment import can_assign
from models.settings import Settings

log = logging.getLogger(__name__)

FORGETTING = (forget_old_events, forget_old_budgets, forget_old_codes, forget_old_guesses, forget_old_sign_ins, forget_old_deliveries, forget_old_bulk, forget_old_pictures)

SWEEP_SECONDS = 2
PRUNE_SECONDS = 600
LOOK_SECONDS = 30  # between two looks at the ledger


@dataclass
class Round:
    """What is done every so many seconds, and when it was begun last."""

    seconds: float
    do: Callable[[], None]
    begun_at: float = float("-inf")

    @property
    def is_due(self) -> bool:
        return time.monotonic() - self.begun_at >= self.seconds


class Clock:
    """Sweeps every two seconds, and says once when it cannot and once when it can again."""

    def __init__(self, settings: Settings) -> None:
        if settings.redis_url is None:
            raise SettingsError(NO_REDIS)
        self.app = base_app(settings, reactions(settings), pool_size=2)
        self.connection = bell_connection(settings.redis_url)
        self.stopping = threading.Event()
        self.prober = Prober(self.app)
        self.trouble = ""
        self.heartbeat_file = settings.heartbeat_file
        self.rounds = (
            Round(LOOK_SECONDS, self.look),
            Round(0, lambda: sweep(self.connection)),
            Round(PRUNE_SECONDS, lambda: count_what_is_over(settings)),
            Round(PRUNE_SECONDS, lambda: prune(blobs_of(self.app), shelf_of_the_hour(time.time()), settings.raw_mail_days)),
        )

    def run(self) -> None:
        while not self.stopping.wait(SWEEP_SECONDS):
            with self.app.app_context():
                self.note(self.tick())
            beat(self.heartbeat_file)

    def tick(self) -> str:
        """Everything that is due; what went wrong, or ''. A Redis or a store of blobs that is away holds up nothing else."""
        trouble = ""
        for each in [each for each in self.rounds if each.is_due]:
            each.begun_at = time.monotonic()
            try:
                each.do()
            except DBAPIError as away:  # nothing else could be done either: the next tick tries again
                each.begun_at = float("-inf")
                return first_line(away)
            except (RedisError, BlobsUnavailable) as away:
                db.session.rollback()
                trouble = trouble or first_line(away)
        return trouble

    def look(self) -> None:
        """Compare the ledger with what it has to be, tell of what is wrong, and send ourselves a mail."""
        look_after_custody()
        if scanner_of(self.app) is not None:
            look_after_scanner()
        db.session.commit()
        tell_of_alarms(settings_of(self.app).signing_keys)
        db.session.commit()
        self.prober.probe_if_due()
        fold_tallies()
        db.session.commit()

    def note(self, trouble: str) -> None:
        if trouble and not self.trouble:
            log.warning("the sweep comes to nothing: %s", trouble)
        if self.trouble and not trouble:
            log.warning("the sweep goes on")
        self.trouble = trouble

    def stop(self, signum: int, frame: FrameType | None) -> None:
        self.stopping.set()


def run(settings: Settings) -> None:
    """Sweep until SIGTERM or SIGINT. Database and Redis may come and go. Raises `SettingsError`."""
    clock = Clock(settings)
    signal.signal(signal.SIGTERM, clock.stop)
    signal.signal(signal.SIGINT, clock.stop)
    clock.run()


def sweep(connection: Redis) -> None:
    """One round: doubts raised, the bell rung for mail that is due and tickets that wait. Raises `DBAPIError`, `RedisError`."""
    if doubt_lost_answers():
        log.error("mail is in doubt: a sender died between the last byte and the answer")
    give_up_drafts()
    db.session.commit()
    warn_of_late_mail()
    db.session.commit()
    while wake_what_is_due():
        db.session.commit()
    db.session.rollback()
    if mail_is_due():
        ring_once(connection, "jobs.outbound.send_waiting")
    if can_assign():
        ring_once(connection, "jobs.assignment.assign_waiting")
    if scanner_of(current_app) is not None and files_to_scan(1):
        ring_once(connection, "jobs.scanning.scan_waiting")
    if webhooks_wait():
        ring_once(connection, "jobs.webhooks.tell_webhooks")


def mail_is_due() -> bool:
    return bool(db.session.scalar(select(exists().where(is_due()))))


def ring_once(connection: Redis, job: str) -> None:
    """Ring unless a bell hangs in that queue unheard: Redis must not fill up with them."""
    waiting = queue(JOBS[job], connection)
    if waiting.count == 0:
        waiting.enqueue_many([bell(job, {})])


def count_what_is_over(settings: Settings) -> None:
    """Count the days and hours that are over, a piece to a transaction, and see whether a mailbox is silent."""
    for count in (lambda: close_days(settings.hours, settings.hours_basis), close_mail_days, count_hours):
        while count():
            db.session.commit()
        db.session.rollback()
    look_after_pulse(ZoneInfo(settings.timezone))
    db.session.commit()


def prune(blobs: BlobStore, shelf: int, raw_mail_days: int = 0) -> None:
    """Forget what is old, a batch to a transaction; then look through one shelf of blobs."""
    for forget in FORGETTING:
        while forget():
            db.session.commit()
    while raw_mail_days and forget_old_bytes(raw_mail_days):
        db.session.commit()
    while cleared := clear_set_aside():
        db.session.commit()
        log.info("%d mails that were set aside are let go: their thirty days are over", cleared)
    while forgotten := forget_sent_bytes():
        db.session.commit()
        log.info("the bytes of %d mails that were sent are let go", forgotten)
    forget_probes()
    db.session.commit()
    if removed := remove_orphans(blobs, shelf):
        log.info("%d blobs that nothing names are gone", removed)
    db.session.rollback()


def first_line(trouble: Exception) -> str:
    return str(trouble).partition("\n")[0]


def shelf_of_the_hour(seconds: float) -> int:
    """Each look at another shelf of the blobs: all of them within two days, however often the clock is restarted."""
    return int(seconds // PRUNE_SECONDS) % SHELVES
