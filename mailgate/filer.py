"""The filer: takes kept mails from Postgres, one lease at a time, and sees each to its end."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Protocol
from uuid import UUID, uuid4

import psycopg
from flask import Flask
from psycopg.errors import ProgramLimitExceeded
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailgate.identity.check import judge_of
from mailgate.inbound import Inbound
from mailgate.parents import waiting_for_parents
from mailgate.pipeline import LeaseLost, ReadMail, desk_of, file_together, read_mail
from mailgate.reading_room import SEATS, SLOW_SEATS, ReadingRoom
from mailgate.skeleton import skeleton
from mailgate.store import plain_url
from models.actions.custody import FILERS_BELL, KeptMail, bury, claim_mails, free_leases, lease_owners, put_back
from models.app import HandOver, base_app, blobs_of, scanner_of, settings_of
from models.database import db
from models.log_context import about
from models.settings import Settings

log = logging.getLogger(__name__)

BATCH = 20
PATIENCE = 1.0  # seconds between looks when nobody rings
ROUND = 1.0  # how long the mails of a round wait for each other
PARENT_PATIENCE = 10.0  # how long a reply waits for the mail it answers, while that is on its way too
MOST_WAITING = 100
GLANCE = 0.1  # between looks while slow mails are read
DATABASE_IS_AWAY = 1.0
TRIES = 3

# Trouble that is ours and not the mail's: it passes, and the mail is tried for ever.
TRANSIENT = (OperationalError, InterfaceError, PoolTimeout, OSError)


class Room(Protocol):
    """Where mails are read: `mailgate/reading_room.py`, or the same process where a test wants that."""

    def read(self, raw: bytes, mail_from: str) -> Inbound: ...

    def close(self) -> None: ...


class Filer:
    """One worker. Any number of them, on any number of machines, share the work through their leases.

    A round: lease a few mails, have them read, file what has been read within a moment in one transaction. What is
    read slowly is filed in a later round and holds nobody up. So is a reply whose parent is still with another filer.
    """

    def __init__(self, app: Flask, room: Room, parent_patience: float = PARENT_PATIENCE) -> None:
        self.app = app
        self.room = room
        self.parent_patience = parent_patience
        self.host = socket.gethostname()
        self.owner = f"{self.host}:{os.getpid()}:{uuid4().hex[:8]}"
        self.has_inherited = False
        settings = settings_of(app)
        self.desk = desk_of(blobs_of(app), settings, judge_of(settings), scanner_of(app))
        self.threads = ThreadPoolExecutor(SEATS + SLOW_SEATS, "reading")
        self.reading: dict[Future[ReadMail], KeptMail] = {}
        self.waiting: dict[UUID, tuple[ReadMail, float]] = {}  # for the mails they answer, and until when
        self.leased: dict[UUID, KeptMail] = {}  # ours, as far as we know
        self.stopping = threading.Event()

    def work(self, wait: Callable[[], None]) -> None:
        """File mails until told to stop; `wait` returns when there may be more."""
        while not self.stopping.is_set():
            try:
                busy = self.do_round()
            except TRANSIENT as trouble:
                log.warning("the database is away, mails wait: %s", type(trouble).__name__)
                self.stopping.wait(DATABASE_IS_AWAY)
                continue
            if not busy:
                wait()
        self.stop()

    def do_round(self) -> bool:
        """Take mails, have them read, file what has been read. Whether there was or is anything to do."""
        with self.app.app_context():
            self.inherit()
            self.hand_back_what_fell_down()
            taken = self.take()
            if not self.reading and not self.waiting:
                return False
            if taken:
                wait_for(taken, ROUND, ALL_COMPLETED)
            elif self.reading:
                wait_for(self.reading, GLANCE, FIRST_COMPLETED)
            else:
                self.stopping.wait(GLANCE)
            self.file_what_is_read()
        return True

    def inherit(self) -> None:
        """Once, at the start: filers of this machine that were killed have no more use for their leases.

        Should a living one be taken for dead (another container with our host name), its lease is lost and it
        files nothing; no mail is filed twice.
        """
        if self.has_inherited:
            return
        for owner in lease_owners(self.host):
            if not is_alive(owner) and free_leases(owner):
                log.info("%s is dead; its mails are due again", owner)
        db.session.commit()
        self.has_inherited = True

    def take(self) -> list[Future[ReadMail]]:
        """Lease mails and have them read. Raises only when the database is away."""
        room = BATCH - len(self.reading)
        if room <= 0:
            return []
        mails = claim_mails(self.owner, room)
        db.session.commit()
        self.leased |= {mail.id: mail for mail in mails}
        return [self.begin_reading(mail) for mail in mails]

    def begin_reading(self, mail: KeptMail) -> Future[ReadMail]:
        read = self.room.read if mail.attempts <= TRIES else skeleton_of
        reading = self.threads.submit(read_mail, mail, read, self.desk)
        self.reading[reading] = mail
        return reading

    def hand_back_what_fell_down(self) -> None:
        """Mails that a failing database took out of our hands: where nothing became of them, they are due again."""
        in_hand = {*(mail.id for mail in self.reading.values()), *self.waiting}
        fallen = [inbound_id for inbound_id in self.leased if inbound_id not in in_hand]
        for inbound_id in fallen:
            put_back(inbound_id, self.owner, None, counts=False)
        db.session.commit()
        for inbound_id in fallen:
            del self.leased[inbound_id]

    def file_what_is_read(self) -> None:
        """See to every mail whose reading has ended, oldest first."""
        read = [mail for mail, _ in self.waiting.values()]
        for done in [each for each in self.reading if each.done()]:
            mail = self.reading.pop(done)
            error = done.exception()
            if error is None:
                read.append(done.result())
            else:
                self.give_back(mail, error)
        ready = self.let_replies_wait(sorted(read, key=lambda each: (each.mail.received_at, each.mail.id)))
        if ready:
            self.file(ready)

    def let_replies_wait(self, mails: Sequence[ReadMail]) -> list[ReadMail]:
        """Those that can be filed now. A reply waits a moment for its parent, or it would open a ticket of its own."""
        early = waiting_for_parents(mails)
        ready = []
        for each in mails:
            ends = self.waiting.pop(each.mail.id, (each, time.monotonic() + self.parent_patience))[1]
            if each.mail.id in early and time.monotonic() < ends and len(self.waiting) < MOST_WAITING:
                self.waiting[each.mail.id] = (each, ends)
            else:
                ready.append(each)
        return ready

    def file(self, mails: Sequence[ReadMail]) -> None:
        """File some mails together; when that fails, each by itself, so that one cannot spoil it for the others."""
        error = self.try_to_file(mails)
        if error is None:
            self.let_go(mail.mail for mail in mails)
        elif len(mails) > 1:
            log.info("%d mails could not be filed together, so each by itself: %s", len(mails), type(error).__name__)
            for mail in mails:
                self.file([mail])
        elif isinstance(error, LeaseLost):
            with about(mail=mails[0].mail.id):
                log.warning("the lease on %s ran out; whoever has it now files it", mails[0].mail.id)
            self.let_go([mails[0].mail])
        else:
            self.give_back(mails[0].mail, error)

    def try_to_file(self, mails: Sequence[ReadMail]) -> Exception | None:
        try:
            file_together(mails, self.owner, self.desk)
        except Exception as error:  # every failure ends in a row that says what happened
            db.session.rollback()
            return error
        return None

    def give_back(self, mail: KeptMail, error: BaseException) -> None:
        """What failed for now is tried again; what failed for good is tried twice more, and then as a skeleton."""
        with about(mail=mail.id):
            self.give_back_with(mail, error)
        db.session.commit()
        self.let_go([mail])

    def give_back_with(self, mail: KeptMail, error: BaseException) -> None:
        if passes(error):
            log.warning("%s waits: %s: %s", mail.id, type(error).__name__, error)
            put_back(mail.id, self.owner, error, counts=False)
        elif mail.attempts <= TRIES:
            log.error("%s could not be filed, try %d of %d", mail.id, mail.attempts, TRIES, exc_info=error)
            put_back(mail.id, self.owner, error, counts=True)
        else:
            log.error("%s could not even be filed as a skeleton: run `postroom replay`", mail.id, exc_info=error)
            bury(mail.id, self.owner, error)

    def let_go(self, mails: Iterable[KeptMail]) -> None:
        for mail in mails:
            self.leased.pop(mail.id, None)

    def stop(self) -> None:
        """Hand back what is still being read, and send the children home."""
        self.room.close()
        self.threads.shutdown(cancel_futures=True)
        try:
            with self.app.app_context():
                self.reading.clear()
                self.waiting.clear()
                self.hand_back_what_fell_down()
        except TRANSIENT as trouble:
            log.warning("mails could not be handed back, their leases end soon: %s", type(trouble).__name__)


def passes(error: BaseException) -> bool:
    """Whether it is worth trying for ever. What Postgres cannot hold is no smaller the next time."""
    too_large = isinstance(error, OperationalError) and isinstance(error.orig, ProgramLimitExceeded)
    return isinstance(error, TRANSIENT) and not too_large


def is_alive(owner: str) -> bool:
    """Whether the process that calls itself `owner` still runs on this machine."""
    _, pid, _ = owner.rsplit(":", 2)
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's by now, or still its own: in doubt its lease runs out by itself
    return True


def skeleton_of(raw: bytes, mail_from: str) -> Inbound:
    """A reader that reads next to nothing, for mails that broke the real one."""
    return skeleton(raw)


class Bell:
    """Waits for the gate to ring (`NOTIFY`), on a connection of its own; without it, just waits."""

    def __init__(self, database_url: str) -> None:
        self.database_url = plain_url(database_url)
        self.connection: psycopg.Connection | None = None

    def wait(self, seconds: float = PATIENCE) -> None:
        try:
            if self.connection is None:
                self.connection = psycopg.connect(self.database_url, autocommit=True, connect_timeout=5)
                self.connection.execute(f"LISTEN {FILERS_BELL}")
            for _ in self.connection.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.Error:
            self.connection = None
            time.sleep(seconds)


def run(settings: Settings, hand_over: HandOver, reader: str | None = None) -> None:
    """Run one filer until SIGTERM or SIGINT; the mail in hand is finished, the others are handed back."""
    app = base_app(settings, hand_over, pool_size=2)
    room = ReadingRoom(reader) if reader else ReadingRoom()
    filer = Filer(app, room)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: filer.stopping.set())
    assert settings.database_url is not None
    room.open()
    log.info("mails are filed")
    filer.work(Bell(settings.database_url).wait)
