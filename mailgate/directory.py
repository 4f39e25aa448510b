"""Answers one question: is this address ours, and whose?

The addresses lie in memory, so that the common answer costs nothing. A "yes" may be a few minutes old; a "no"
is permanent for the sender, so it is only given by a table read after the question was asked.
"""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import psycopg

from mailgate.envelope import Recipient
from mailgate.envelope_address import Address, fold_local_part
from mailgate.limits import GateSettings
from mailgate.store import Connection, StoreUnavailable, UnsafeDatabase, connect

log = logging.getLogger(__name__)

CHANNEL = "mailbox"  # rung by whoever changes mailboxes or addresses
ALWAYS_THERE = ("postmaster", "abuse")  # RFC 5321 4.5.1, RFC 2142
ROUTED_ELSEWHERE = re.compile(r"[%!@]")  # user%host, host!user: asks us to relay

# The shape of a signed reply (r1…) or bounce (b1…) address. Shape alone decides here: a damaged, expired or
# revoked token is accepted like a good one, and judged by the filer.
TOKEN = re.compile(r"[rb]1[a-z0-9]{4,40}")

LOAD = """
SELECT a.address, a.mailbox_id, m.is_active, coalesce(m.disabled_at < now() - interval '3 days', false)
  FROM mailbox_address a JOIN mailbox m ON m.id = a.mailbox_id
"""


@dataclass(frozen=True, slots=True)
class NotOurs:
    """The domain is none of ours: taking the mail would be relaying."""


@dataclass(frozen=True, slots=True)
class NoSuchMailbox:
    """The domain is ours, the local part is nobody's."""


@dataclass(frozen=True, slots=True)
class MailboxOff:
    """The mailbox was switched off; `for_good` three days later."""

    for_good: bool


Resolution = Recipient | NotOurs | NoSuchMailbox | MailboxOff


@dataclass(frozen=True, slots=True)
class Entry:
    mailbox_id: int
    is_active: bool
    off_for_good: bool


@dataclass(frozen=True)
class AddressTable:
    """All our addresses at one moment. Pure: looking something up asks nobody."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    token_domains: frozenset[str] = frozenset()

    @cached_property
    def domains(self) -> frozenset[str]:
        return frozenset(address.rpartition("@")[2] for address in self.entries) | self.token_domains

    @cached_property
    def default_mailbox(self) -> int | None:
        """The first mailbox still open, or simply the first: it gets what is for the house and nobody in
        it.
        """
        active = [entry.mailbox_id for entry in self.entries.values() if entry.is_active]
        return min(active or [entry.mailbox_id for entry in self.entries.values()], default=None)

    def find(self, address: Address) -> Resolution:
        """Whose address this is. The first rule that fits wins."""
        local = fold_local_part(address.local)
        name, _, tag = local.partition("+")
        if name in ALWAYS_THERE and (not address.domain or address.domain in self.domains):
            return self._for_the_house(address, name, tag)
        if address.domain not in self.domains:
            return NotOurs()
        if address.domain in self.token_domains and TOKEN.fullmatch(local):
            return Recipient(address.normalised, self.default_mailbox, tag=local)
        entry = self.entries.get(f"{local}@{address.domain}")
        if entry is not None:
            tag = ""
        else:
            entry = self.entries.get(f"{name}@{address.domain}")
        if entry is None:
            return NotOurs() if ROUTED_ELSEWHERE.search(local) else NoSuchMailbox()
        if not entry.is_active:
            return MailboxOff(for_good=entry.off_for_good)
        return Recipient(address.normalised, entry.mailbox_id, tag=tag)

    def _for_the_house(self, address: Address, name: str, tag: str) -> Recipient:
        entry = self.entries.get(f"{name}@{address.domain}")
        mailbox_id = entry.mailbox_id if entry and entry.is_active else self.default_mailbox
        return Recipient(address.normalised, mailbox_id, tag=tag)


class Directory:
    """Keeps the address table fresh in a thread of its own; asked by the event loop."""

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._limits = settings.limits
        self._token_domains = frozenset(
            domain.lower() for domain in (settings.reply_domain, settings.bounce_domain) if domain
        )
        self._table = AddressTable(token_domains=self._token_domains)
        self._loaded_at = float("-inf")
        self._questions: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._keep_fresh, name="directory", daemon=True)
        self._connection: Connection | None = None

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing = True
        self._wake.set()
        self._thread.join(timeout=1.0)

    def known(self, address: Address) -> Recipient | None:
        """Whose address this is, if that is a yes that memory may give; asks nobody."""
        if time.monotonic() - self._loaded_at > self._limits.positive_answer_seconds:
            return None
        found = self._table.find(address)
        return found if isinstance(found, Recipient) else None

    async def resolve(self, address: Address) -> Resolution:
        """Whose address this is, said after a look into the database. Raises `StoreUnavailable`."""
        await self._read_anew()
        return self._table.find(address)

    async def _read_anew(self) -> None:
        """Returns when the table holds what the database said after this call. Many callers share one
        reading.
        """
        loop = asyncio.get_running_loop()
        answered = loop.create_future()
        with self._lock:
            self._questions.append((loop, answered))
        self._wake.set()
        try:
            async with asyncio.timeout(self._limits.lookup_seconds):
                await answered
        except TimeoutError as error:
            raise StoreUnavailable from error

    def _keep_fresh(self) -> None:
        refresh_at = 0.0
        while not self._closing:
            # Taken before the reading begins: whoever asks during it waits for the next one.
            with self._lock:
                questions, self._questions = self._questions, []
                self._wake.clear()
            if questions or time.monotonic() >= refresh_at:
                error = self._load()
                _answer(questions, error)
                pause = (
                    self._limits.directory_refresh_seconds
                    if error is None
                    else self._limits.breaker_probe_seconds
                )
                refresh_at = time.monotonic() + pause
            elif self._bell_rang():
                refresh_at = 0.0
        if self._connection is not None:
            self._connection.close()

    def _load(self) -> Exception | None:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect(
                    self._settings.database_url,
                    "postroom gate directory",
                    self._limits.connect_seconds,
                    self._limits.lookup_seconds,
                )
                self._connection.execute(f"LISTEN {CHANNEL}")
            rows = self._connection.execute(LOAD).fetchall()
        except (psycopg.Error, UnsafeDatabase) as error:
            log.warning("the list of our addresses cannot be read: %s", error)
            if self._connection is not None:
                self._connection.close()
            return error
        entries = {
            address: Entry(mailbox_id, active, for_good) for address, mailbox_id, active, for_good in rows
        }
        self._table = AddressTable(entries, self._token_domains)
        self._loaded_at = time.monotonic()
        return None

    def _bell_rang(self) -> bool:
        """Waits for a question or a ring for up to a second."""
        if self._wake.wait(timeout=0.5):
            return False
        if self._connection is None or self._connection.closed:
            return False
        try:
            return any(True for _ in self._connection.notifies(timeout=0, stop_after=1))
        except psycopg.Error as error:
            log.warning("lost the connection on which changes of mailboxes are heard: %s", error)
            self._connection.close()
            return True


def _answer(
    questions: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]], error: Exception | None
) -> None:
    def settle(answered: asyncio.Future[None]) -> None:
        if answered.done():
            return
        if error is None:
            answered.set_result(None)
        else:
            answered.set_exception(StoreUnavailable())

    for loop, answered in questions:
        try:
            loop.call_soon_threadsafe(settle, answered)
        except RuntimeError:
            return  # the event loop has ended meanwhile: nobody is left to be told
