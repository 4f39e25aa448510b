"""Takes old mail over: custody, the ordinary pipeline and the mail's own date, some mails in one transaction.

What is committed is whole; what is not is found again by the next run, which knows what is here by its bytes. So a
killed import leaves nothing half done, and needs no note of how far it came.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from mailgate.decision import OpenTicket, RecordReport, SetAside, TakeOver
from mailgate.envelope import Envelope, new_id
from mailgate.evidence import named_ids
from mailgate.facts import sender_of
from mailgate.handed_over import Ours, handed_over
from mailgate.importing.sources import HEAD, Place, read
from mailgate.inbound import Inbound
from mailgate.keeping import keep_envelopes
from mailgate.pipeline import Desk, ReadMail, Reader, file_together, judge, read_mail, read_without_keeping
from mailgate.skeleton import skeleton
from models.actions.custody import KeptMail, bury, lease_kept
from models.actions.importing import bring_to_rest, end_of_import
from models.app import blobs_of
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.errors import Conflict
from models.message_ids import id_hash
from models.text import clean_text

log = logging.getLogger(__name__)

Each = TypeVar("Each")

OWNER = "import"
BATCH = 40
IN_ROW = 256 * 1024  # octets; what is larger goes to the blobs, as at the gate
READERS = 4
MOST_NAME = 300
ONE_AT_A_TIME = "SELECT pg_try_advisory_lock(hashtextextended('postroom import', 0))"


@dataclass(frozen=True)
class Wanted:
    """What to make of the mails. `closed_after`: for how long nobody may have said anything on a ticket that stays open."""

    ours: Ours
    name: str
    closed_after: timedelta = timedelta(days=30)


@dataclass
class Report:
    """What the mails became, by the names of the ledger; `known` were here before this run, `failed` could not be filed."""

    became: Counter[str] = field(default_factory=Counter)
    known: int = 0
    failed: int = 0
    at_rest: int = 0

    @property
    def mails(self) -> int:
        return self.became.total() + self.known + self.failed


class ImportRun:
    """One run over some places, in their order. `read` reads a mail, in whatever room."""

    def __init__(self, app: Flask, desk: Desk, read: Reader, wanted: Wanted) -> None:
        self.app = app
        self.desk = desk
        self.read = read
        self.wanted = wanted
        self.report = Report()

    def run(self, places: Sequence[Place], told: Callable[[int], None] = lambda mails: None) -> Report:
        """Take all of them over; `told` hears of each batch. Raises `Conflict` where another import runs."""
        with alone(), ThreadPoolExecutor(READERS, "reading") as threads:
            for batch in batches(places):
                letters = self.unknown([self.envelope(place) for place in batch])
                read = list(threads.map(self.read_one, letters))
                self.file(list(zip(letters, read, strict=True)))
                told(len(batch))
            self.rest(min((place.at for place in places), default=None))
        return self.report

    def rehearse(self, places: Sequence[Place], told: Callable[[int], None] = lambda mails: None) -> Report:
        """What would they become? Writes nothing; a mail that answers an earlier one of the same run counts as a reply."""
        seen: set[str] = set()
        for batch in batches(places):
            for envelope in self.unknown([self.envelope(place) for place in batch]):
                self.report.became[self.guess(envelope, seen)] += 1
            db.session.rollback()
            told(len(batch))
        return self.report

    def envelope(self, place: Place) -> Envelope:
        """The mail there, and the envelope its headers tell of."""
        raw = read(place)
        found = handed_over(raw[:HEAD], self.wanted.ours)
        sha256 = hashlib.sha256(raw).digest()
        return Envelope(
            id=new_id(),
            gateway=clean_text(f"import of {self.wanted.name}", MOST_NAME),
            peer_ip=None,
            helo="",
            tls="",
            smtputf8=False,
            mail_from=found.mail_from,
            recipients=(found.recipient,),
            our_received=found.why,
            raw_sha256=sha256,
            raw_size=len(raw),
            raw=raw,
            spooled=None,
            wire_flags=(),
            id_hash=id_hash(found.message_id) if found.message_id else None,
            origin="import",
            dated_at=place.at,
        )

    def unknown(self, envelopes: Sequence[Envelope]) -> list[Envelope]:
        """Those that are not here yet, each once."""
        once = {envelope.key: envelope for envelope in reversed(envelopes)}
        here = set(db.session.scalars(select(InboundMessage.envelope_key).where(InboundMessage.envelope_key.in_(once))))
        db.session.rollback()
        fresh = [envelope for key, envelope in reversed(once.items()) if key not in here]
        self.report.known += len(envelopes) - len(fresh)
        return fresh

    def read_one(self, envelope: Envelope) -> ReadMail:
        """Read it as every mail is read; what breaks its reader becomes a skeleton.

        Raises `OSError` for trouble of ours, such as a full disk: the run ends, and the next one goes on from there.
        """
        mail = kept(envelope)
        try:
            return read_mail(mail, self.read, self.desk)
        except OSError:
            raise
        except Exception:  # a defect of ours or of the mail: it must become visible all the same
            log.warning("a mail could not be read and becomes a skeleton: %s", envelope.our_received, exc_info=True)
            return read_mail(mail, skeleton_of, self.desk)

    def file(self, letters: Sequence[tuple[Envelope, ReadMail]]) -> None:
        """File them together; when that fails, each by itself, so that one cannot spoil it for the others."""
        if not letters:
            return
        try:
            self.commit(letters)
        except Exception as error:  # every failure ends in a row that says what happened
            db.session.rollback()
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            if len(letters) > 1:
                for each in letters:
                    self.file([each])
            else:
                self.give_up(letters[0][0], error)

    def commit(self, letters: Sequence[tuple[Envelope, ReadMail]]) -> None:
        """Custody, the pipeline and the ledger: one transaction."""
        self.keep([envelope for envelope, _ in letters])
        file_together([mail for _, mail in letters], OWNER, self.desk)
        ids = [envelope.id for envelope, _ in letters]
        became = select(InboundDelivery.decision).where(InboundDelivery.inbound_id.in_(ids))
        self.report.became.update(str(decision) for decision in db.session.scalars(became))
        db.session.rollback()

    def keep(self, envelopes: Sequence[Envelope]) -> None:
        """Into custody, in the running transaction: nobody else sees them before they are filed."""
        blobs = blobs_of(self.app)
        small = [envelope if is_small(envelope) else without_raw(envelope, blobs.put(envelope.raw or b"")) for envelope in envelopes]
        connection = db.session.connection().connection.driver_connection
        assert connection is not None
        keep_envelopes(connection, small)
        lease_kept([envelope.id for envelope in envelopes], OWNER)

    def give_up(self, envelope: Envelope, error: Exception) -> None:
        """Keep it and say why it could not be filed; `postroom replay --failed` tries again."""
        log.error("a mail could not be filed: %s", envelope.our_received, exc_info=error)
        self.keep([envelope])
        bury(envelope.id, OWNER, error)
        db.session.commit()
        self.report.failed += 1

    def rest(self, first: datetime | None) -> None:
        """Close what has been silent for long, and have the reports count the past anew."""
        closed_before = datetime.now(UTC) - self.wanted.closed_after
        while brought := bring_to_rest(closed_before):
            db.session.commit()
            self.report.at_rest += brought
        end_of_import(first)
        db.session.commit()

    def guess(self, envelope: Envelope, seen: set[str]) -> str:
        mail = read_without_keeping(kept(envelope), self.read, self.desk)
        [to] = envelope.recipients
        deliveries = [InboundDelivery(inbound_id=envelope.id, rcpt=to.address, mailbox_id=to.mailbox_id, tag=to.tag)]
        _, ruling = judge(mail, deliveries, self.desk)
        goes_on = not seen.isdisjoint(named_ids(mail.inbound))
        is_twin = identity(mail.inbound) in seen
        seen.update({mail.inbound.message_id, identity(mail.inbound)} - {""})
        match ruling.decision:
            case SetAside(folder=folder):
                return folder
            case RecordReport(kind=kind):
                return kind
            case OpenTicket() | TakeOver(ticket_id=None):
                return "duplicate" if is_twin else "reply" if goes_on else "new_ticket"
        return str(ruling.decision.name)


def identity(inbound: Inbound) -> str:
    """What two copies of one mail share; '' where nothing says that they are one."""
    return f"{sender_of(inbound)} {inbound.message_id}" if inbound.message_id else ""


def kept(envelope: Envelope) -> KeptMail:
    """The mail as a filer would find it in custody."""
    return KeptMail(
        id=envelope.id, mail_from=envelope.mail_from, received_at=datetime.now(UTC), attempts=1, filed_at=None,
        raw=envelope.raw, raw_uri=None, origin=envelope.origin, dated_at=envelope.dated_at,
    )  # fmt: skip


def is_small(envelope: Envelope) -> bool:
    return envelope.raw_size <= IN_ROW


def without_raw(envelope: Envelope, sha256: str) -> Envelope:
    """The same mail, its bytes in the blob store."""
    assert sha256 == envelope.raw_sha256.hex()
    return replace(envelope, raw=None)


def skeleton_of(raw: bytes, mail_from: str) -> Inbound:
    return skeleton(raw)


def batches(places: Sequence[Each]) -> Iterator[list[Each]]:
    left = iter(places)
    while batch := list(islice(left, BATCH)):
        yield batch


@contextmanager
def alone() -> Iterator[None]:
    """One import at a time. Raises `Conflict`."""
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        if not connection.scalar(text(ONE_AT_A_TIME)):
            raise Conflict("another import is running: wait for it, or stop it")
        try:
            yield
        finally:
            connection.execute(text(ONE_AT_A_TIME.replace("pg_try_advisory_lock", "pg_advisory_unlock")))
