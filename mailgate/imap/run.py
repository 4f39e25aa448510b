"""The process that fetches mail by IMAP: a thread for each account that nobody else reads; idle where there is none."""

import logging
import os
import random
import signal
import socket
import threading
import time
from types import FrameType
from uuid import uuid4

import psycopg
from flask import Flask
from sqlalchemy.exc import DBAPIError

from mailgate.envelope import Recipient
from mailgate.handed_over import Ours
from mailgate.imap.fetching import Folder
from mailgate.imap.session import Session, Trouble
from mailgate.store import connect
from models.actions.imap_accounts import BELL, FolderLost, Leased, claim_accounts, hold_account, leased, let_go, note_trouble
from models.app import HandOver, base_app, blobs_of, settings_of
from models.database import db
from models.errors import DeskError
from models.heartbeat import beat
from models.queries.mailboxes import one_mailbox
from models.settings import Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # between looks for accounts that nobody reads, where no bell rings
IDLE_SECONDS = 25.0  # well below the lease
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
STEADY_SECONDS = 60.0  # a connection that held so long was a good one
JOIN_SECONDS = 20.0


class Fetchers:
    """All accounts of this process."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.stopping = threading.Event()
        self.threads: dict[int, threading.Thread] = {}

    def look(self) -> None:
        """Take over every account that nobody reads."""
        self.threads = {key: thread for key, thread in self.threads.items() if thread.is_alive()}
        with self.app.app_context():
            account_ids = claim_accounts(self.owner)
            db.session.commit()
        for account_id in account_ids:
            if account_id not in self.threads:
                thread = threading.Thread(target=self.fetch, args=(account_id,), name=f"imap-{account_id}", daemon=True)
                self.threads[account_id] = thread
                thread.start()

    def fetch(self, account_id: int) -> None:
        """Read one folder until told to stop, or until somebody else does; what goes wrong is told and tried again."""
        pause = 0.0
        with self.app.app_context():
            while not self.stopping.is_set():
                began = time.monotonic()
                try:
                    self.read(account_id)
                except FolderLost:
                    db.session.rollback()
                    return
                except (*Trouble, psycopg.Error, DBAPIError, DeskError) as trouble:
                    db.session.rollback()
                    pause = next_pause(pause, time.monotonic() - began)
                    if not self.rest(account_id, trouble, pause):
                        return

    def read(self, account_id: int) -> None:
        """One connection, for as long as it lasts."""
        settings = settings_of(self.app)
        account = leased(account_id, self.owner, settings.signing_keys)  # as it is after what was fetched before
        db.session.rollback()
        session = Session(account)
        try:
            folder = Folder(account, session, blobs_of(self.app), ours_of(account, settings), settings.signing_keys)
            while not self.stopping.is_set():
                folder.look(self.stopping.is_set)
                session.wait_for_news(IDLE_SECONDS, self.stopping.is_set)
        finally:
            session.close()

    def rest(self, account_id: int, trouble: Exception, seconds: float) -> bool:
        """Wait before the next try, and hold the account meanwhile. False when it is somebody else's."""
        log.warning("imap account %s: %s; the next try in %.0f s", account_id, type(trouble).__name__, seconds)
        until = time.monotonic() + seconds * random.uniform(0.8, 1.2)
        try:
            note_trouble(account_id, self.owner, in_words(trouble))
            db.session.commit()
            while time.monotonic() < until and not self.stopping.wait(min(until - time.monotonic(), IDLE_SECONDS)):
                hold_account(account_id, self.owner)
                db.session.commit()
        except FolderLost:
            db.session.rollback()
            return False
        except DBAPIError:
            db.session.rollback()
            self.stopping.wait(seconds)
        return True

    def stop(self) -> None:
        self.stopping.set()
        until = time.monotonic() + JOIN_SECONDS
        for thread in self.threads.values():
            thread.join(max(until - time.monotonic(), 0))
        with self.app.app_context():
            let_go(self.owner)
            db.session.commit()


def next_pause(pause: float, lasted: float) -> float:
    """How long to rest after a connection that `lasted` so many seconds, and the rest before it; a cut now and then is no trouble."""
    return FIRST_PAUSE if lasted > STEADY_SECONDS else min(max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE)


def ours_of(account: Leased, settings: Settings) -> Ours:
    """Mail of the account belongs to its mailbox, whatever its headers say; a signed address leads where it was made for."""
    box = one_mailbox(account.mailbox_id)
    own = {each.address: box.id for each in box.addresses}
    domains = frozenset(each.lower() for each in (settings.reply_domain, settings.bounce_domain) if each)
    found = Ours(own, Recipient(box.address, box.id), domains)
    db.session.rollback()
    return found


def in_words(trouble: Exception) -> str:
    """For an administrator: what the server said, and never a password."""
    return f"{type(trouble).__name__}: {trouble}"[:500]


def run(settings: Settings, hand_over: HandOver) -> None:
    """Fetch until SIGTERM or SIGINT; gone within 25 seconds after. Raises `UnsafeDatabase`."""
    assert settings.database_url is not None
    connect(settings.database_url, "postroom imap", 5, 10).close()  # refuses a database that forgets
    fetchers = Fetchers(base_app(settings, hand_over, pool_size=4))

    def stop(signum: int, frame: FrameType | None) -> None:
        fetchers.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("mail is fetched")
    bell: psycopg.Connection | None = None
    while not fetchers.stopping.is_set():
        try:
            fetchers.look()
            bell = bell or listening(settings.database_url)
            for _ in bell.notifies(timeout=LOOK_SECONDS, stop_after=1):
                pass
        except (psycopg.Error, DBAPIError) as trouble:
            log.warning("the database is away: %s", type(trouble).__name__)
            bell = None
            fetchers.stopping.wait(LOOK_SECONDS)
        beat(settings.heartbeat_file)
    fetchers.stop()


def listening(url: str) -> psycopg.Connection:
    connection = connect(url, "postroom imap bell", 5, 10)
    connection.execute(f"LISTEN {BELL}")
    return connection
