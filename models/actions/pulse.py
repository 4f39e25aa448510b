"""Counting mail by the hour, keeping note of the mails the desk sends to itself, and the alarms that follow."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, text, update

from models.actions.alarms import settle_alarms
from models.actions.forgetting import forget_bytes
from models.custody import Alarm, InboundDelivery, InboundMessage
from models.database import db
from models.pulse import Probe
from models.queries.pulse import PROBED, Silence, counted_until, silences
from models.text import clean_text

PIECE = timedelta(days=1)
HISTORY = timedelta(weeks=8)
IS_OVER = timedelta(minutes=2)  # by then every mail of an hour is committed
SILENCE = "silence:"  # the kind of the alarm goes on with the mailbox's id
KEPT = timedelta(days=30)  # of the probes themselves; what they measured is in the metrics

now = func.clock_timestamp

COUNT = text("""
INSERT INTO mailbox_hour (mailbox_id, hour, mails)
SELECT m.id, h.hour, coalesce(c.mails, 0)
  FROM mailbox m
 CROSS JOIN generate_series(CAST(:begin AS timestamptz), CAST(:end AS timestamptz) - interval '1 hour', interval '1 hour') AS h (hour)
  LEFT JOIN (SELECT d.mailbox_id, date_bin('1 hour', i.received_at, 'epoch') AS hour, count(*) AS mails
               FROM inbound_message i JOIN inbound_delivery d ON d.inbound_id = i.id
              WHERE i.received_at >= :begin AND i.received_at < :end AND i.origin <> 'import' AND d.decision IS DISTINCT FROM :probed
              GROUP BY 1, 2) c ON c.mailbox_id = m.id AND c.hour = h.hour
ON CONFLICT DO NOTHING
""")


def count_hours() -> bool:
    """Count the hours that are over, a day of them at a time. Whether there were any; the caller commits."""
    begin, end = uncounted()
    if begin >= end:
        return False
    db.session.execute(COUNT, {"begin": begin, "end": min(end, begin + PIECE), "probed": PROBED})
    return True


def uncounted() -> tuple[datetime, datetime]:
    """From where to where there are whole hours to count."""
    whole = func.date_bin(text("interval '1 hour'"), now() - IS_OVER, text("'epoch'::timestamptz"))
    first = func.date_bin(text("interval '1 hour'"), func.min(InboundMessage.received_at), text("'epoch'::timestamptz"))
    end, earliest = db.session.execute(select(whole, first).select_from(InboundMessage)).one()
    begin = counted_until() or max(earliest or end, end - HISTORY)
    return begin, end


def look_after_pulse(zone: ZoneInfo) -> None:
    """Open an alarm for each mailbox that is silent where mail is usual, and close those that are over."""
    found = {f"{SILENCE}{each.mailbox_id}": sentence_of(each) for each in silences(zone)}
    settle_alarms(found, Alarm.kind.startswith(SILENCE))


def sentence_of(silence: Silence) -> str:
    return (
        f"{silence.name} has had no mail for {silence.hours} hour(s), in which about {silence.expected:.0f} would be usual:"
        " does mail still come to its address? (`postroom doctor` looks at its domain.)"
    )


def begin_probe(minutes: int) -> UUID | None:
    """A new mail of the desk to itself, unless one began within so many minutes; two clocks begin one."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('probe'))"))
    lately = select(Probe.id).where(Probe.sent_at > now() - timedelta(minutes=minutes))
    if db.session.scalar(lately.limit(1)) is not None:
        return None
    db.session.execute(delete(Probe).where(Probe.sent_at < now() - KEPT))
    probe = Probe(id=uuid4())
    db.session.add(probe)
    db.session.flush()
    return probe.id


def has_probed() -> bool:
    """Whether this desk has ever sent itself a mail."""
    return db.session.scalar(select(Probe.id).limit(1)) is not None


def note_handed_in(probe_id: UUID, trouble: str = "") -> None:
    """The gate has taken it; or, with `trouble`, why it has not."""
    values = {"trouble": clean_text(trouble, 500)} if trouble else {"handed_in_at": now()}
    db.session.execute(update(Probe).where(Probe.id == probe_id).values(values))


def note_arrival(probe_id: UUID) -> None:
    """A filer has it in hand."""
    db.session.execute(update(Probe).where(Probe.id == probe_id, Probe.arrived_at.is_(None)).values(arrived_at=now()))


def forget_probes() -> None:
    """Let go of the bytes of mails to ourselves: their lines stay in the ledger, counted apart."""
    over = (
        update(InboundDelivery)
        .where(
            InboundDelivery.decision == PROBED,
            InboundDelivery.cleared_at.is_(None),
            InboundDelivery.inbound_id.in_(
                select(InboundMessage.id).where(InboundMessage.received_at > now() - HISTORY, InboundMessage.state == "done")
            ),
        )
        .values(cleared_at=now(), evidence={})
        .returning(InboundDelivery.inbound_id)
        .execution_options(synchronize_session=False)
    )
    forget_bytes(set(db.session.scalars(over)))
