"""The ledger: what was accepted, what each mail became, and how the filers keep up.

`ledger` counts everything, by index alone; it is for people who ask. `backlog` is for the clock, which asks every
half minute: it touches only what is not filed and what is filed without a decision, through partial indexes that
hold next to nothing while all is well, so it costs the same at a thousand mails and at ten million.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, func, select

from models.custody import Alarm, InboundDelivery, InboundMessage
from models.database import db

LATELY = timedelta(minutes=10)


@dataclass(frozen=True)
class Ledger:
    """Deliveries accepted, by what they became; `waiting` are not filed yet, `dead` could not be.

    Accepted = new tickets + replies + bounces + automatic + held + duplicates + … + waiting.
    """

    accepted: int
    by_decision: dict[str, int]
    waiting: int
    dead: int

    @property
    def unaccounted(self) -> int:
        """Filed, they say, and nobody knows as what. Must be 0."""
        return self.accepted - sum(self.by_decision.values()) - self.waiting - self.dead

    @property
    def balanced(self) -> bool:
        """Whether every accepted delivery is accounted for, and none was given up."""
        return self.unaccounted == 0 and self.dead == 0


def ledger() -> Ledger:
    """Count the whole ledger. A mail without any delivery, which must not be, counts as one that is unaccounted for."""
    decided = select(InboundDelivery.decision, func.count()).where(InboundDelivery.decision.is_not(None))
    by_decision = {decision: number for decision, number in db.session.execute(decided.group_by(InboundDelivery.decision))}
    undecided = (
        select(InboundMessage.state, func.count())
        .join(InboundDelivery, InboundDelivery.inbound_id == InboundMessage.id)
        .where(InboundDelivery.decision.is_(None))
        .group_by(InboundMessage.state)
    )
    by_state = {state: number for state, number in db.session.execute(undecided)}
    without_any = select(func.count()).where(~exists().where(InboundDelivery.inbound_id == InboundMessage.id))
    lost = by_state.pop("done", 0) + (db.session.scalar(without_any.select_from(InboundMessage)) or 0)
    dead = by_state.pop("dead", 0)
    waiting = sum(by_state.values())
    return Ledger(sum(by_decision.values()) + waiting + dead + lost, by_decision, waiting, dead)


def mails_by_origin() -> dict[str, int]:
    """How all mails in custody came: 'smtp', 'imap' or 'import'. Reads the whole table."""
    counted = select(InboundMessage.origin, func.count()).group_by(InboundMessage.origin)
    return {origin: number for origin, number in db.session.execute(counted)}


@dataclass(frozen=True)
class Backlog:
    """What is not as it should be, or not yet: mails, except `unaccounted`, which are deliveries or mails."""

    waiting: int
    oldest_seconds: float  # how long the oldest of them has waited
    dead: int
    unaccounted: int


def backlog() -> Backlog:
    """How the filers keep up, cheaply."""
    waits = InboundMessage.state != "dead"
    age = func.extract("epoch", func.clock_timestamp() - func.min(InboundMessage.received_at).filter(waits))
    waiting, dead, oldest = db.session.execute(
        select(func.count().filter(waits), func.count().filter(~waits), age).where(InboundMessage.state != "done")
    ).one()
    return Backlog(waiting, float(oldest or 0), dead, undecided() + homeless())


def undecided() -> int:
    """Deliveries of filed mails that say nothing of what became of them."""
    filed = and_(InboundMessage.id == InboundDelivery.inbound_id, InboundMessage.state == "done")
    found = select(func.count()).select_from(InboundDelivery).join(InboundMessage, filed)
    return db.session.scalar(found.where(InboundDelivery.decision.is_(None))) or 0


def homeless() -> int:
    """Mails of the last minutes that came to no address: asked every half minute, it misses none."""
    found = select(func.count()).select_from(InboundMessage)
    return (
        db.session.scalar(
            found.where(
                InboundMessage.received_at > func.statement_timestamp() - LATELY,
                ~exists().where(InboundDelivery.inbound_id == InboundMessage.id),
            )
        )
        or 0
    )


def set_aside() -> int:
    """Deliveries that wait for an agent's word, and discarded ones that can still be taken back."""
    return db.session.scalar(select(func.count()).where(InboundDelivery.set_aside_at.is_not(None))) or 0


@dataclass(frozen=True)
class UnfiledMail:
    """A kept mail that the filers have not come to the end of, by its Message-ID."""

    id: UUID
    id_hash: bytes
    received_at: datetime


def unfiled_mails(id_hashes: Collection[bytes]) -> list[UnfiledMail]:
    """The mails under these Message-IDs that are still to be filed; those that were given up are not."""
    if not id_hashes:
        return []
    wanted = select(InboundMessage.id, InboundMessage.id_hash, InboundMessage.received_at).where(
        InboundMessage.id_hash.in_(id_hashes), InboundMessage.state != "done", InboundMessage.state != "dead"
    )
    return [UnfiledMail(*row) for row in db.session.execute(wanted)]


@dataclass(frozen=True)
class Pace:
    """How long it took from the last octet to the ticket, in seconds, over `mails` mails."""

    mails: int
    p50: float
    p95: float


def time_to_ticket(within: timedelta = timedelta(hours=24)) -> Pace:
    """The pace of the mails that came within that time."""
    seconds = func.extract("epoch", InboundMessage.filed_at - InboundMessage.received_at)
    row = db.session.execute(
        select(func.count(), *(func.percentile_cont(share).within_group(seconds) for share in (0.5, 0.95))).where(
            InboundMessage.received_at > func.statement_timestamp() - within,
            InboundMessage.filed_at.is_not(None),
            InboundMessage.origin != "import",
        )
    ).one()
    return Pace(row[0], float(row[1] or 0), float(row[2] or 0))


def open_alarms() -> Sequence[Alarm]:
    """What an administrator has to look at now, oldest first."""
    return db.session.scalars(select(Alarm).where(Alarm.closed_at.is_(None)).order_by(Alarm.opened_at)).all()


def mail_gauges() -> dict[str, tuple[str, float]]:
    """Figures for `/metrics`: by name, what each means and its value at this moment."""
    now = backlog()
    return {
        "postroom_mail_waiting": ("Mails kept and not filed yet", now.waiting),
        "postroom_mail_oldest_waiting_seconds": ("Age of the oldest of them", now.oldest_seconds),
        "postroom_mail_dead": ("Mails that could not even be filed as a skeleton", now.dead),
        "postroom_mail_set_aside": ("Mails that wait for an agent's word, or for their end after a discard", set_aside()),
        "postroom_mail_unaccounted": ("Deliveries that the ledger cannot account for", now.unaccounted),
        "postroom_alarms_open": ("Alarms that somebody has to look at", len(open_alarms())),
    }
