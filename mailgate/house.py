"""What all sessions of one gate share."""

import ssl
import time
from asyncio import get_running_loop
from typing import Protocol

from aiosmtpd.smtp import SMTP

from mailgate.custody import Custody
from mailgate.directory import Directory
from mailgate.limits import BodySlots, Doorkeeper, GateSettings
from mailgate.room import Room


class OpenSession(Protocol):
    """A connection, as far as the house ends it."""

    def end_if_late(self, now: float) -> None: ...

    def end_if_idle(self) -> None: ...

    def abort(self) -> None: ...


class House:
    """The settings, the store, the directory, and the counters; lives in the event loop's thread."""

    def __init__(
        self,
        settings: GateSettings,
        custody: Custody,
        directory: Directory,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.custody = custody
        self.directory = directory
        self.tls = tls
        self.blobs = settings.blobs
        self.room = Room(settings.blobs.root, settings.limits, time.monotonic)
        self.doorkeeper = Doorkeeper(settings.limits, settings.relays, time.monotonic)
        self.slots = BodySlots(settings.limits, settings.relays)
        self.sessions: set[OpenSession] = set()
        self.is_draining = False
        self.library_attributes = vars(
            SMTP(
                self,
                hostname=settings.hostname,
                tls_context=tls,
                enable_SMTPUTF8=True,
                loop=get_running_loop(),
            )
        )

    def offers(self, over_tls: bool) -> tuple[bytes, ...]:
        """The extensions named in the answer to EHLO."""
        offers = (
            b"PIPELINING",
            b"SIZE %d" % self.limits.message,
            b"8BITMIME",
            b"SMTPUTF8",
            b"ENHANCEDSTATUSCODES",
        )
        return (*offers, b"STARTTLS") if self.tls is not None and not over_tls else offers

    def look_around(self) -> None:
        """To be called every now and then: ends what has taken too long."""
        now = time.monotonic()
        for session in list(self.sessions):
            session.end_if_late(now)
        self.custody.end_if_late(now)

    def drain(self) -> None:
        """Ends the sessions that hold nothing; the others end when they have got their answer."""
        self.is_draining = True
        for session in list(self.sessions):
            session.end_if_idle()

    def abort_sessions(self) -> None:
        """Ends what is left, without a word: the senders will come again."""
        for session in list(self.sessions):
            session.abort()
