"""The filer: takes kept mails from Postgres, one lease at a time, and sees each to its end."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
from flask import Flask
from psycopg.errors import ProgramLimitExceeded
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailgate.inbound import Inbound
from mailgate.parse import parse
from mailgate.pipeline import Desk, LeaseLost, Reader, file_mail
from mailgate.skeleton import skeleton
from models.actions.custody import FILERS_BELL, bury, claim_mails, put_back
from models.app import HandOver, base_app, blobs_of, settings_of
from models.database import db
from models.settings import Settings

log = logging.getLogger(__name__)

BATCH = 10
PATIENCE = 1.0  # seconds between looks when nobody rings
DATABASE_IS_AWAY = 1.0
TRIES = 3

# Trouble that is ours and not the mail's.
TRANSIENT = (OperationalError, InterfaceError, PoolTimeout, OSError)


class Filer:
    """One worker. Any number of them, on any number of machines, share the work through their leases."""

    def __init__(self, app: Flask, read: Reader = parse) -> None:
        self.app = app
        self.read = read
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        settings = settings_of(app)
        self.desk = Desk(blobs_of(app), settings.signing_keys)
        self.stopping = threading.Event()

    def work(self, wait: Callable[[], None]) -> None:
        """File mails until told to stop; `wait` returns when there may be more."""
        while not self.stopping.is_set():
            try:
                filed = self.file_batch()
            except TRANSIENT as trouble:
                log.warning("the database is away, mails wait: %s", type(trouble).__name__)
                self.stopping.wait(DATABASE_IS_AWAY)
                continue
            if not filed:
                wait()

    def file_batch(self) -> int:
        """Lease a few mails and see each to its end; how many there were. Raises only when the database is away."""
        with self.app.app_context():
            leased = [(mail.id, mail.attempts) for mail in claim_mails(self.owner, BATCH)]
            db.session.commit()
            for place, (inbound_id, attempts) in enumerate(leased):
                if self.stopping.is_set():
                    self.hand_back([later for later, _ in leased[place:]])
                    break
                self.see_to(inbound_id, attempts)
        return len(leased)

    def see_to(self, inbound_id: UUID, attempts: int) -> None:
        """File one mail; what fails for good is filed as a skeleton, and what fails for now is put back."""
        try:
            file_mail(inbound_id, self.owner, self.read if attempts <= TRIES else skeleton_of, self.desk)
        except LeaseLost:
            log.warning("the lease on %s ran out; whoever has it now files it", inbound_id)
        except Exception as error:  # every failure ends in a row that says what happened
            db.session.rollback()
            self.give_back(inbound_id, attempts, error)

    def give_back(self, inbound_id: UUID, attempts: int, error: Exception) -> None:
        if passes(error):
            log.warning("%s waits: %s", inbound_id, type(error).__name__)
            put_back(inbound_id, self.owner, error, counts=False)
        elif attempts <= TRIES:
            log.exception("%s could not be filed, try %d of %d", inbound_id, attempts, TRIES)
            put_back(inbound_id, self.owner, error, counts=True)
        else:
            log.exception("%s could not even be filed as a skeleton: `postroom replay` runs it again", inbound_id)
            bury(inbound_id, self.owner, error)
        db.session.commit()

    def hand_back(self, inbound_ids: list[UUID]) -> None:
        for inbound_id in inbound_ids:
            put_back(inbound_id, self.owner, None, counts=False)
        db.session.commit()


def passes(error: Exception) -> bool:
    """Whether it is worth trying for ever. What Postgres cannot hold is no smaller the next time."""
    too_large = isinstance(error, OperationalError) and isinstance(error.orig, ProgramLimitExceeded)
    return isinstance(error, TRANSIENT) and not too_large


def skeleton_of(raw: bytes, mail_from: str) -> Inbound:
    """A reader that reads next to nothing, for mails that broke the real one."""
    return skeleton(raw)


class Bell:
    """Waits for the gate to ring (`NOTIFY`), on a connection of its own; without it, just waits."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
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


def run(settings: Settings, hand_over: HandOver) -> None:
    """Run one filer until SIGTERM or SIGINT; the mail in hand is finished, the others are handed back."""
    app = base_app(settings, hand_over, pool_size=2)
    filer = Filer(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: filer.stopping.set())
    assert settings.database_url is not None
    log.info("mails are filed")
    filer.work(Bell(settings.database_url).wait)
