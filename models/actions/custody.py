"""Custody: who works on a kept mail, and what became of it. Every time is the database's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid, and_, cast, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from models.custody import HELD, InboundDelivery, InboundMessage
from models.database import db
from models.errors import Conflict, NotFound
from models.text import clean_text

LEASE = timedelta(seconds=120)
LONGEST_PAUSE_SECONDS = 300
FILERS_BELL = "inbound"

now = func.clock_timestamp


@dataclass(frozen=True)
class KeptMail:
    """A mail in custody, as plain values. `attempts` counts this try; one of `raw`, `raw_uri` is set, until it is let go."""

    id: UUID
    mail_from: str
    received_at: datetime
    attempts: int
    filed_at: datetime | None
    raw: bytes | None = field(repr=False)
    raw_uri: str | None
    peer_ip: str | None = None
    helo: str = ""
    sender_verdict: dict[str, Any] | None = field(default=None, repr=False)  # of an earlier time; it stays
    origin: str = "smtp"
    dated_at: datetime | None = None

    @property
    def is_imported(self) -> bool:
        """Whether it is mail of the past: it is kept and shown, and wakes nobody."""
        return self.origin == "import"

    @property
    def written_at(self) -> datetime:
        """When it came to whoever it was sent to: here, or to those it was imported from."""
        return self.dated_at or self.received_at


KEPT = (
    InboundMessage.id,
    InboundMessage.mail_from,
    InboundMessage.received_at,
    InboundMessage.attempts,
    InboundMessage.filed_at,
    InboundMessage.raw,
    InboundMessage.raw_uri,
    func.host(InboundMessage.peer_ip),
    InboundMessage.helo,
    InboundMessage.sender_verdict,
    InboundMessage.origin,
    InboundMessage.dated_at,
)


def claim_mails(owner: str, limit: int) -> list[KeptMail]:
    """Lease due mails to `owner`, those of dead owners among them, oldest first. The caller commits at once."""
    due = or_(
        and_(InboundMessage.state.in_(("accepted", "retry")), InboundMessage.next_attempt_at <= now()),
        and_(InboundMessage.state == "processing", InboundMessage.lease_until < now()),
    )
    chosen = (
        select(InboundMessage.id)
        .where(due)
        .order_by(InboundMessage.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    # A materialised CTE runs once. `IN (SELECT … LIMIT n)` may run once a row, and then lease more than n mails.
    batch = chosen.cte("batch").prefix_with("MATERIALIZED")
    lease = (
        update(InboundMessage)
        .where(InboundMessage.id == batch.c.id)
        .values(
            state="processing", attempts=InboundMessage.attempts + 1, lease_owner=owner, lease_until=now() + LEASE
        )
        .returning(*KEPT)
        .execution_options(synchronize_session=False)
    )
    mails = [KeptMail(*row) for row in db.session.execute(lease)]
    return sorted(mails, key=lambda mail: (mail.received_at, mail.id))


def lease_kept(inbound_ids: Sequence[UUID], owner: str) -> None:
    """Lease mails that the same transaction has just taken into custody, to file them there and then."""
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.id.in_(inbound_ids))
        .values(state="processing", attempts=1, lease_owner=owner, lease_until=now() + LEASE)
        .execution_options(synchronize_session=False)
    )


def kept_mail(inbound_id: UUID) -> KeptMail:
    """One mail of the custody, leased or not. Raises `NotFound`."""
    row = db.session.execute(select(*KEPT).where(InboundMessage.id == inbound_id)).first()
    if row is None:
        raise NotFound("there is no such mail")
    return KeptMail(*row)


def open_deliveries(inbound_ids: Sequence[UUID]) -> dict[UUID, list[InboundDelivery]]:
    """The addresses of ours that each mail came to and where nothing is decided yet."""
    wanted = select(InboundDelivery).where(InboundDelivery.inbound_id.in_(inbound_ids), InboundDelivery.decision.is_(None))
    found: dict[UUID, list[InboundDelivery]] = {inbound_id: [] for inbound_id in inbound_ids}
    for delivery in db.session.scalars(wanted.order_by(InboundDelivery.rcpt)):
        found[delivery.inbound_id].append(delivery)
    return found


def lock_senders(senders: Collection[str]) -> None:
    """One mail of a sender at a time, until the transaction ends: the second sees the first, at other mailboxes too.

    All locks of a transaction at once and in one order, so that two filers never wait for each other in a ring.
    """
    keys = sorted(set(senders))
    locks = text("SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(CAST(:keys AS text[])) AS key")
    db.session.execute(locks, {"keys": keys})


def settle_delivery(
    delivery: InboundDelivery,
    decision: str,
    rule: str,
    evidence: dict[str, Any],
    ticket_id: int | None = None,
    message_id: int | None = None,
) -> None:
    """Write down what became of the mail at one address, by which rule, and why."""
    delivery.decision = decision
    delivery.rule = rule
    delivery.evidence = evidence
    delivery.ticket_id = ticket_id
    delivery.message_id = message_id
    delivery.set_aside_at = now() if decision in HELD and message_id is None else None


@dataclass(frozen=True)
class Finished:
    """A mail that is filed, what stays the same of it when it comes again, and who its sender was found to be."""

    inbound_id: UUID
    semantic_key: bytes | None
    sender_verdict: dict[str, Any] | None = None


def finish_mails(mails: Sequence[Finished], owner: str) -> bool:
    """The mails are filed. False when a lease is somebody else's by now: then nothing of this may be committed."""
    columns = (
        cast([each.inbound_id for each in mails], ARRAY(Uuid)),
        cast([each.semantic_key for each in mails], ARRAY(LargeBinary)),
        cast([each.sender_verdict for each in mails], ARRAY(JSONB(none_as_null=True))),
    )
    one = func.unnest(*columns).table_valued("inbound_id", "semantic_key", "sender_verdict").render_derived()
    done = (
        update(InboundMessage)
        .where(
            InboundMessage.id == one.c.inbound_id,
            InboundMessage.lease_owner == owner,
            InboundMessage.state == "processing",
        )
        .values(
            state="done",
            semantic_key=one.c.semantic_key,
            sender_verdict=one.c.sender_verdict,
            filed_at=now(),
            lease_owner=None,
            lease_until=None,
            error_class=None,
            last_error=None,
        )
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(done).rowcount == len(mails)


def put_back(inbound_id: UUID, owner: str, error: BaseException | None, *, counts: bool) -> None:
    """Give the mail back, to be tried later. `counts` is False for trouble that is not the mail's own fault."""
    tried = InboundMessage.attempts if counts else InboundMessage.attempts - 1
    pause = func.least(func.power(2, InboundMessage.attempts), LONGEST_PAUSE_SECONDS) * text("interval '1 second'")
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.id == inbound_id, InboundMessage.lease_owner == owner, InboundMessage.state == "processing")
        .values(
            state="retry" if error else "accepted",
            attempts=tried,
            next_attempt_at=now() + pause if error else now(),
            lease_owner=None,
            lease_until=None,
            error_class=type(error).__name__ if error else None,
            last_error=clean_text(str(error), 2000) if error else None,
        )
    )


def lease_owners(host: str) -> list[str]:
    """Who holds leases on that machine, as they call themselves: `host:pid:…`."""
    held = select(InboundMessage.lease_owner).where(
        InboundMessage.state == "processing", InboundMessage.lease_owner.startswith(f"{host}:", autoescape=True)
    )
    return [owner for owner in db.session.scalars(held.distinct()) if owner is not None]


def free_leases(owner: str) -> int:
    """The owner is dead: what it held is due at once, and not only when its leases run out. How many there were.

    The try counts: the mail may be what its owner died of.
    """
    freed = (
        update(InboundMessage)
        .where(InboundMessage.state == "processing", InboundMessage.lease_owner == owner)
        .values(state="retry", next_attempt_at=now(), lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(freed).rowcount


def bury(inbound_id: UUID, owner: str, error: BaseException) -> None:
    """Not even a skeleton could be filed: kept, shown in red, and run again by hand."""
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.id == inbound_id, InboundMessage.lease_owner == owner)
        .values(
            state="dead",
            lease_owner=None,
            lease_until=None,
            error_class=type(error).__name__,
            last_error=clean_text(str(error), 2000),
        )
    )


def ring_filers() -> None:
    """Tell the filers, once this is committed, that there is something to do."""
    db.session.execute(select(func.pg_notify(FILERS_BELL, "")))


# What became of a mail that may be taken back: nothing of it is on a ticket.
TAKEN_BACK = ("loop", "backscatter", "auto_reply", "held", "discarded", "duplicate")


def run_again(inbound_id: UUID) -> None:
    """Have the mail filed anew, by the rules of today. Raises `NotFound`, or `Conflict` where it is on a ticket already."""
    mail = db.session.get(InboundMessage, inbound_id, with_for_update=True, populate_existing=True)
    if mail is None:
        raise NotFound("there is no such mail")
    if mail.forgotten_at is not None:
        raise Conflict("this mail was let go, its time is over: there is nothing left to file")
    taken_back = (
        update(InboundDelivery)
        .where(
            InboundDelivery.inbound_id == inbound_id,
            InboundDelivery.decision.in_(TAKEN_BACK),
            InboundDelivery.cleared_at.is_(None),
            or_(InboundDelivery.message_id.is_(None), InboundDelivery.decision == "duplicate"),
        )
        .values(decision=None, rule=None, ticket_id=None, message_id=None, set_aside_at=None)
    )
    was_decided = db.session.execute(taken_back).rowcount
    if mail.state == "done" and not was_decided:
        raise Conflict("this mail is on a ticket already, or is a report that has been noted: it is not run twice")
    make_due(mail)


def make_due(mail: InboundMessage) -> None:
    """Give the mail to the filers as if it had just come; whoever holds a lease on it loses it."""
    mail.state = "accepted"
    mail.attempts = 0
    mail.next_attempt_at = now()
    mail.lease_owner = mail.lease_until = mail.error_class = mail.last_error = None
    ring_filers()


def failed_mails() -> Sequence[UUID]:
    """The mails that were given up, and those that wait for another try, oldest first."""
    failed = select(InboundMessage.id).where(InboundMessage.state.in_(("dead", "retry")))
    return db.session.scalars(failed.order_by(InboundMessage.received_at)).all()


def last_filed(limit: int) -> Sequence[UUID]:
    """The mails filed last, newest first."""
    filed = select(InboundMessage.id).where(InboundMessage.state == "done", InboundMessage.forgotten_at.is_(None))
    return db.session.scalars(filed.order_by(InboundMessage.received_at.desc()).limit(limit)).all()
