"""The figures of the desk for `/metrics`, asked for when they are asked for; each answers from an index."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import func, select, text

from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.mailbox import Mailbox
from models.outbox import UNSETTLED, Outbox
from models.pulse import MailboxHour
from models.queries.ai_drafts import draft_gauges
from models.queries.budgets import budget_gauges
from models.queries.custody import mail_gauges, open_alarms, time_to_ticket
from models.queries.pulse import PROBED, counted_until, last_probe
from models.ticket import Ticket

DAY = timedelta(days=1)
now = func.clock_timestamp

Samples = tuple[tuple[dict[str, str], float], ...]


@dataclass(frozen=True)
class Figure:
    """One metric: its name, what it means, and its values by label."""

    name: str
    meaning: str
    samples: Samples
    kind: Literal["gauge", "counter"] = "gauge"


def desk_figures() -> Iterator[Figure]:
    """Every figure that stands in the database."""
    for name, (meaning, value) in (mail_gauges() | budget_gauges() | draft_gauges()).items():
        yield Figure(name, meaning, (({}, value),))
    yield accepted_mail()
    yield filed_mail()
    yield Figure("postroom_mail_time_to_ticket_seconds", "From the last octet to the ticket, mails of a day", pace())
    yield from outbox_figures()
    yield tickets()
    yield Figure("postroom_alarm", "1 for each kind of alarm that is open", tuple(({"kind": each.kind}, 1.0) for each in open_alarms()))
    yield from probe_figures()


def accepted_mail() -> Figure:
    """Counted by the hour, and what came since the last hour that was counted: it only ever grows."""
    hours = dict(db.session.execute(select(MailboxHour.mailbox_id, func.sum(MailboxHour.mails)).group_by(MailboxHour.mailbox_id)).all())
    until = counted_until()
    since = (
        select(InboundDelivery.mailbox_id, func.count())
        .join(InboundMessage, InboundMessage.id == InboundDelivery.inbound_id)
        .where(InboundMessage.origin != "import", InboundDelivery.decision.is_distinct_from(PROBED))
        .where(text("true") if until is None else InboundMessage.received_at >= until)
        .group_by(InboundDelivery.mailbox_id)
    )
    fresh = dict(db.session.execute(since).all())
    boxes = db.session.execute(select(Mailbox.id, Mailbox.name).order_by(Mailbox.id)).all()
    samples = tuple(({"mailbox": name}, float(hours.get(each, 0) + fresh.get(each, 0))) for each, name in boxes)
    return Figure("postroom_mail_accepted", "Mails answered 250, by mailbox", samples, "counter")


def filed_mail() -> Figure:
    """What the mails of the last day have become."""
    counted = (
        select(func.coalesce(InboundDelivery.decision, "waiting"), func.count())
        .join(InboundMessage, InboundMessage.id == InboundDelivery.inbound_id)
        .where(InboundMessage.received_at > now() - DAY)
        .group_by(InboundDelivery.decision)
    )
    samples = tuple(({"decision": decision}, float(number)) for decision, number in db.session.execute(counted))
    return Figure("postroom_mail_filed_day", "Mails of the last 24 hours, by what they became", samples)


def pace() -> Samples:
    found = time_to_ticket(DAY)
    return (({"quantile": "0.5"}, found.p50), ({"quantile": "0.95"}, found.p95))


def outbox_figures() -> Iterator[Figure]:
    """What is not out yet by state, how old the oldest of it is, and what became of the mails of a day."""
    age = func.extract("epoch", now() - func.min(Outbox.created_at))
    unsettled = select(Outbox.state, func.count(), age).where(text(UNSETTLED)).group_by(Outbox.state)
    rows = db.session.execute(unsettled).all()
    yield Figure("postroom_outbox_mails", "Mails in the outbox that are not settled, by state", tuple(({"state": state}, float(number)) for state, number, _ in rows))
    yield Figure("postroom_outbox_oldest_seconds", "Age of the oldest of them, by state", tuple(({"state": state}, float(oldest)) for state, _, oldest in rows))
    lately = select(Outbox.state, func.count()).where(Outbox.created_at > now() - DAY).group_by(Outbox.state)
    samples = tuple(({"state": state}, float(number)) for state, number in db.session.execute(lately))
    yield Figure("postroom_outbox_day", "Mails queued in the last 24 hours, by what became of them", samples)


def tickets() -> Figure:
    counted = select(Ticket.status, func.count()).where(text("removed_as IS DISTINCT FROM 'deleted'")).group_by(Ticket.status)
    samples = tuple(({"status": str(status)}, float(number)) for status, number in db.session.execute(counted))
    return Figure("postroom_tickets", "Tickets that are not deleted, by status", samples)


def probe_figures() -> Iterator[Figure]:
    """How long the last mail of the desk to itself took, and how long ago that was."""
    found = last_probe()
    if found is None:
        return
    yield Figure("postroom_probe_seconds", "How long the desk's last mail to itself was on its way", (({}, found.seconds),))
    yield Figure("postroom_probe_age_seconds", "How long ago a mail of the desk to itself has come through", (({}, found.age_seconds),))
