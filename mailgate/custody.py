"""Keeps the raw mail before anything can go wrong: only what is committed here is answered with 250.

Mails that arrive while a commit is running are collected and written together in the next one, so that many
senders share one flush of the disk and nobody waits for company. The same envelope again (a sender who did
not hear our answer) lands on the same row and is answered with the same id.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import psycopg

from mailgate.breaker import Breaker
from mailgate.envelope import Envelope
from mailgate.keeping import keep_envelopes
from mailgate.limits import GateSettings
from mailgate.store import Connection, StoreUnavailable, UnsafeDatabase, connect, hang_up
from mailgate.volume import Volume
from models.mail_volume import OF_THE_LAST_DAY

log = logging.getLogger(__name__)

BATCH_MAILS = 200
MOST_UPLOADS = 8  # threads of their own: a store of blobs that hangs keeps nothing else waiting
BATCH_OCTETS = 16 * 1024 * 1024

# Counted no further than it matters: what waits for a filer, and what waits for an agent.
COUNT_BACKLOG = """
SELECT (SELECT count(*) FROM (SELECT FROM inbound_message WHERE state <> 'done' LIMIT %(most)s) waiting)
     + (SELECT count(*) FROM (SELECT FROM inbound_delivery WHERE set_aside_at IS NOT NULL LIMIT %(most)s) held)
"""


class Waiting:
    """One mail on its way to the disk, and the session that waits for word of it."""

    __slots__ = ("envelope", "deadline", "key", "loop", "outcome")

    def __init__(self, envelope: Envelope, deadline: float, loop: asyncio.AbstractEventLoop) -> None:
        self.envelope = envelope
        self.deadline = deadline
        self.key = envelope.key
        self.loop = loop
        self.outcome: asyncio.Future[UUID] = loop.create_future()

    def kept(self, inbound_id: UUID) -> None:
        if not self.outcome.done():
            self.outcome.set_result(inbound_id)

    def lost(self) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(StoreUnavailable())


class Custody:
    """The way into `inbound_message`, shared by all sessions of a process. `keep` is called in the event
    loop.
    """

    WRITERS = 1

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._limits = settings.limits
        self._blobs = settings.blobs
        self._uploads = ThreadPoolExecutor(MOST_UPLOADS, "blobs")
        self._queue: deque[Waiting] = deque()
        self._queued_octets = 0
        self._unanswered: set[Waiting] = set()  # of the event loop alone
        self._changed = threading.Condition()
        self._closing = False
        self.volume = Volume(settings.limits)
        self.is_full = False  # so much waits to be filed or looked at that no more is taken
        self.breaker = Breaker(
            settings.limits.breaker_failures, settings.limits.breaker_window_seconds, time.monotonic
        )
        self._writers = [Writer(self, settings, number) for number in range(self.WRITERS)]

    def open(self) -> None:
        """Starts the writers. Raises `UnsafeDatabase`; a database that is away only keeps the breaker
        open.
        """
        try:
            self._writers[0].connect()
        except psycopg.OperationalError as error:
            log.error("the database cannot be reached, mail is deferred until it can: %s", error)
            self.breaker.trip()
        for writer in self._writers:
            writer.start()

    def close(self) -> None:
        """Lets the writers finish what is queued; they are daemons, so that a dead database cannot hold
        us.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for writer in self._writers:
            writer.join(timeout=1.0)

    async def keep(self, envelope: Envelope) -> UUID:
        """The id under which the mail is committed. Raises `StoreUnavailable`, within `keep_seconds`.

        Cancelling the caller does not stop the commit, which is another thread's: the row may be there
        without anyone having been told, and the sender's next try finds it.
        """
        if self.breaker.is_open:
            raise StoreUnavailable
        deadline = time.monotonic() + self._limits.keep_seconds
        if envelope.spooled is not None:
            await self._move_to_blobs(envelope)
        return await self._enqueue(envelope, deadline)

    def end_if_late(self, now: float) -> None:
        """To be called every now and then: who has waited too long is told to come again."""
        late = [waiting for waiting in self._unanswered if now >= waiting.deadline]
        for waiting in late:
            log.error("a mail could not be kept within %s seconds", self._limits.keep_seconds)
            self.breaker.failed()
            waiting.lost()
        if late:
            for writer in self._writers:
                writer.hang_up_if_stuck()

    async def _move_to_blobs(self, envelope: Envelope) -> None:
        """The file is on the disk under its own name before the row that names it."""
        assert envelope.spooled is not None
        try:
            async with asyncio.timeout(self._limits.keep_seconds):
                adopt = partial(self._blobs.adopt, envelope.spooled, envelope.raw_sha256.hex())
                await asyncio.get_running_loop().run_in_executor(self._uploads, adopt)
        except (TimeoutError, OSError) as error:
            log.error("a large mail could not be moved to the blobs: %s %s", type(error).__name__, error)
            raise StoreUnavailable from error

    def _enqueue(self, envelope: Envelope, deadline: float) -> asyncio.Future[UUID]:
        waiting = Waiting(envelope, deadline, asyncio.get_running_loop())
        octets = len(envelope.raw or b"")
        with self._changed:
            is_full = len(self._queue) >= self._limits.queue_mails
            if self._closing or is_full or self._queued_octets + octets > self._limits.queue_octets:
                raise StoreUnavailable
            self._queue.append(waiting)
            self._queued_octets += octets
            self._changed.notify()
        self._unanswered.add(waiting)
        waiting.outcome.add_done_callback(lambda _: self._unanswered.discard(waiting))
        return waiting.outcome

    def next_batch(self, idle_seconds: float) -> list[Waiting] | None:
        """All that waits, up to the bounds of one transaction; empty after `idle_seconds`; None at the
        end.
        """
        with self._changed:
            if not self._queue and not self._closing:
                self._changed.wait(idle_seconds)
            if not self._queue:
                return None if self._closing else []
            batch: list[Waiting] = []
            octets = 0
            while self._queue and len(batch) < BATCH_MAILS and octets < BATCH_OCTETS:
                waiting = self._queue.popleft()
                size = len(waiting.envelope.raw or b"")
                self._queued_octets -= size
                octets += size
                batch.append(waiting)
            return batch


class Writer(threading.Thread):
    """A thread with one connection of its own; takes batches, commits each in one transaction."""

    def __init__(self, custody: Custody, settings: GateSettings, number: int) -> None:
        super().__init__(name=f"custody-{number}", daemon=True)
        self._custody = custody
        self._settings = settings
        self._limits = settings.limits
        self._connection: Connection | None = None
        self._busy_since: float | None = None
        self._counted_at = float("-inf")

    def connect(self) -> None:
        self._connection = connect(
            self._settings.database_url,
            f"postroom gate {self.name}",
            self._limits.connect_seconds,
            self._limits.keep_seconds,
        )

    def run(self) -> None:
        patience = min(self._limits.breaker_probe_seconds, self._limits.backlog_look_seconds)
        while (batch := self._custody.next_batch(patience)) is not None:
            if batch:
                self._keep(batch)
            elif self._custody.breaker.is_open:
                self._probe()
            if time.monotonic() - self._counted_at >= self._limits.backlog_look_seconds:
                self._count_backlog()
        self._disconnect()

    def hang_up_if_stuck(self) -> None:
        """Called from the event loop: ends a wait for a database that has not answered in time."""
        since, connection = self._busy_since, self._connection
        if (
            since is not None
            and connection is not None
            and time.monotonic() - since >= self._limits.keep_seconds
        ):
            hang_up(connection)

    def _keep(self, batch: list[Waiting]) -> None:
        """Commits a batch; when one mail is the reason that it fails, the others are not made to suffer."""
        try:
            self._commit(batch)
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError, ValueError) as error:
            if len(batch) > 1:
                for waiting in batch:
                    self._keep([waiting])
                return
            log.exception("a mail was refused by the database: %s", error)
            tell(batch, None)
        except (psycopg.Error, UnsafeDatabase) as error:
            log.error("%d mails could not be committed: %s", len(batch), error)
            self._custody.breaker.failed()
            self._disconnect()
            tell(batch, None)
        except Exception:  # the thread must live on: without it nothing is ever kept again
            log.exception("%d mails could not be committed", len(batch))
            self._disconnect()
            tell(batch, None)

    def _commit(self, batch: list[Waiting]) -> None:
        self._busy_since = time.monotonic()
        try:
            if self._connection is None or self._connection.closed:
                self.connect()
            assert self._connection is not None
            ids = keep_envelopes(self._connection, [waiting.envelope for waiting in batch])
        finally:
            self._busy_since = None
        self._custody.breaker.succeeded()
        tell(batch, ids)

    def _probe(self) -> None:
        try:
            if self._connection is None or self._connection.closed:
                self.connect()
            assert self._connection is not None
            self._connection.execute("SELECT 1 FROM inbound_message LIMIT 0")
            self._custody.breaker.succeeded()
            log.info("the database is back, mail is taken again")
        except (psycopg.Error, UnsafeDatabase) as error:
            log.warning("the database is still away: %s", error)
            self._disconnect()

    def _count_backlog(self) -> None:
        """Looks how much lies in custody, and how much big mail the day has brought; where that cannot be seen, what was seen last still counts."""
        if self._connection is None or self._connection.closed:
            return
        self._counted_at = time.monotonic()
        most = self._limits.backlog
        try:
            row = self._connection.execute(COUNT_BACKLOG, {"most": most}).fetchone()
            self._custody.volume.counted(self._connection.execute(OF_THE_LAST_DAY).fetchall())
        except psycopg.Error as error:
            log.warning("how many mails wait cannot be counted: %s", error)
            return
        was_full, self._custody.is_full = self._custody.is_full, row is not None and row[0] >= most
        if self._custody.is_full and not was_full:
            log.error("%d mails wait to be filed or to be looked at: no more are taken", most)
        elif was_full and not self._custody.is_full:
            log.warning("fewer mails wait by now: mail is taken again")

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def tell(batch: list[Waiting], ids: dict[bytes, UUID] | None) -> None:
    """Gives each waiting session its answer, in its own thread; None: it was not kept."""

    def settle() -> None:
        for waiting in batch:
            if ids is None:
                waiting.lost()
            else:
                waiting.kept(ids[waiting.key])

    try:
        batch[0].loop.call_soon_threadsafe(settle)
    except RuntimeError:
        pass  # the event loop has ended meanwhile: nobody is left to be told
