"""The outbox: what is to be sent, to whom, and how far it has come.

A row goes `queued → leased → dot → sent`, or aside to `retry`, `failed` or `uncertain`. Whoever sends holds a
lease, and every write names it: a sender who slept past its own changes nothing and gets `LeaseLost`.
All times are the database's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, case, func, or_, select, text, update

from models.actions.suppression import note_trouble
from models.actions.timeline import note_on_timeline
from models.actor import OUTBOX
from models.bounce_rules import points_of, speaks_of_the_address
from models.database import db
from models.errors import Conflict
from models.events import DeliveryChanged, record
from models.mailbox import Mailbox
from models.outbox import UNSETTLED, WAITING, Outbox, OutboxAttempt, OutboxState
from models.queries.outbox import ticket_of_mail
from models.queries.restoring import may_leave
from models.text import clean_text

LEASE = timedelta(seconds=90)
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30))
RETRY_LATER = timedelta(hours=1)
HOST_DOWN_RETRY = timedelta(minutes=1)
DOUBT_PAUSE = timedelta(minutes=10)
LATE = timedelta(hours=4)
MAX_DOUBTS = 2  # a human reply whose answer was lost goes out once more, and never a third time
MAX_ANSWER = 1000
ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")

now = func.clock_timestamp


class LeaseLost(Conflict):
    """The lease has run out, and the mail is somebody else's now."""

    def __init__(self) -> None:
        super().__init__("this mail is no longer leased to this sender")


@dataclass(frozen=True)
class Lease:
    """The right to send one mail. `owner` is new for every claim, even by the same process."""

    outbox_id: UUID
    owner: str
    ticket_id: int | None = None  # for the log


def claim_mail(sender: str, message_id: int | None = None) -> Lease | None:
    """Lease the mail that has been due longest to `sender`, or None when nothing is due.

    With `message_id`, only mails of that message. Any number may ask at once; each mail goes to one.
    """
    wanted = is_due() if message_id is None else and_(is_due(), Outbox.message_id == message_id)
    due = (
        select(Outbox.id)
        .where(wanted)
        .order_by(Outbox.next_attempt_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    owner = f"{sender}/{uuid4().hex}"
    leased = {
        "state": OutboxState.LEASED,
        "lease_owner": owner,
        "lease_until": now() + LEASE,
        "attempts": Outbox.attempts + 1,
    }
    # `=`, not `IN`: Postgres runs a scalar subquery once, so that it locks one row and no more.
    claim = update(Outbox).where(Outbox.id == due.scalar_subquery()).values(leased).returning(Outbox.id, Outbox.ticket_id)
    row = db.session.execute(claim.execution_options(synchronize_session=False)).first()
    return None if row is None else Lease(row.id, owner, row.ticket_id)


def is_due() -> ColumnElement[bool]:
    """What may be claimed: due rows, those whose sender died before the dot, replies in doubt once more."""
    waiting = and_(Outbox.state.in_(WAITING), Outbox.next_attempt_at <= now())
    abandoned = and_(Outbox.state == OutboxState.LEASED, Outbox.lease_until < now())
    in_doubt = and_(
        Outbox.state == OutboxState.UNCERTAIN,
        Outbox.automatic.is_(False),
        Outbox.in_doubt < MAX_DOUBTS,
        Outbox.next_attempt_at <= now(),
    )
    return and_(text(UNSETTLED), or_(waiting, abandoned, in_doubt), mailbox_sends(), may_leave())


def mailbox_sends() -> ColumnElement[bool]:
    """Nobody has paused the mailbox."""
    paused = select(Mailbox.id).where(Mailbox.sending_paused_at.is_not(None))
    return or_(Outbox.mailbox_id.is_(None), Outbox.mailbox_id.not_in(paused))


def hold_lease(lease: Lease) -> None:
    """The heartbeat: the sender is alive. Raises `LeaseLost`."""
    write(lease, [OutboxState.LEASED, OutboxState.DOT], lease_until=now() + LEASE)


def freeze_mime(
    lease: Lease, mime: bytes | None, mime_uri: str | None = None, envelope_from: str | None = None
) -> None:
    """Keep the bytes of the mail, in the row or as a blob, and its envelope's sender; never written again.

    Raises `LeaseLost`.
    """
    fresh = and_(Outbox.mime.is_(None), Outbox.mime_uri.is_(None))
    write(lease, [OutboxState.LEASED], fresh, mime=mime, mime_uri=mime_uri, envelope_from=envelope_from)


def about_to_send_dot(lease: Lease) -> None:
    """From the commit of this on the mail may have arrived, whatever happens to us. Raises `LeaseLost`."""
    write(lease, [OutboxState.LEASED], state=OutboxState.DOT, lease_until=now() + LEASE)


def mark_sent(lease: Lease, code: int, answer: str) -> None:
    """The next server has the mail. Also settles a doubt that was raised while this sender slept."""
    settled = case((Outbox.state == OutboxState.UNCERTAIN, 1), else_=0)
    row = write(
        lease,
        [OutboxState.DOT, OutboxState.UNCERTAIN],
        state=OutboxState.SENT,
        sent_at=now(),
        in_doubt=Outbox.in_doubt - settled,
        **answered(code, answer),
        **released(),
    )
    tell(row, "sent", code, answer)
    if row.in_doubt:
        on_timeline(row, "delivery_doubled", code, answer)


def mark_deferred(lease: Lease, code: int | None, answer: str, *, host_is_down: bool = False) -> None:
    """Not now: try again later, or give up when later is too late. A host that is down costs no attempt."""
    row = write(lease, [OutboxState.LEASED, OutboxState.DOT], **answered(code, answer), **released())
    row.attempts -= 1 if host_is_down else 0
    pause = HOST_DOWN_RETRY if host_is_down else pause_after(row.attempts)
    moment = database_time()
    if moment + pause > row.give_up_at:
        give_up(row, code, f"gave up after {row.attempts} attempts: {answer}")
        return
    row.state = OutboxState.RETRY
    row.next_attempt_at = moment + pause
    tell(row, "deferred", code, answer)
    if row.warned_at is None and moment - row.created_at >= LATE:
        row.warned_at = moment
        on_timeline(row, "delivery_late", code, answer)


def mark_refused(lease: Lease, code: int | None, answer: str) -> None:
    """No, and no later either: shown in red on the ticket."""
    row = write(lease, [OutboxState.LEASED, OutboxState.DOT], **answered(code, answer), **released())
    give_up(row, code, answer)
    status = enhanced_status(answer)
    if speaks_of_the_address(status):
        note_trouble(row, "refusal", status, points_of(status), f"{code} {answer}")


def enhanced_status(answer: str) -> str:
    """The enhanced status code (RFC 3463) that an SMTP answer begins with, '' where it has none."""
    found = ENHANCED_STATUS.match(answer)
    return found[0] if found else ""


def mark_withheld(lease: Lease, why: str) -> None:
    """We do not send it after all: a person's mail has failed, where its writer sees it; a machine's just ends."""
    row = write(lease, [OutboxState.LEASED], **answered(None, why), **released())
    if row.automatic:
        row.state = OutboxState.CANCELLED
        tell(row, "cancelled", None, why)
    else:
        give_up(row, None, why)


def mark_uncertain(lease: Lease, answer: str) -> None:
    """The dot went out and no answer came back: nobody can know whether the mail arrived."""
    row = write(lease, [OutboxState.DOT], last_code=None, last_text=clean_text(answer, MAX_ANSWER))
    doubt(row, answer)


def doubt_lost_answers() -> int:
    """Mark as uncertain what senders that died left between the dot and the answer. How many there were."""
    lost = select(Outbox).where(text(UNSETTLED), Outbox.state == OutboxState.DOT, Outbox.lease_until < now())
    rows = db.session.scalars(lost.with_for_update(skip_locked=True).limit(100)).all()
    for row in rows:
        doubt(row, "the sender stopped before it heard the answer")
    return len(rows)


def warn_of_late_mail() -> int:
    """Say on the ticket that a person's mail has waited for four hours, even where nobody has tried it yet."""
    late = and_(text(UNSETTLED), Outbox.warned_at.is_(None), Outbox.automatic.is_(False), Outbox.created_at < now() - LATE)
    rows = db.session.scalars(
        select(Outbox).where(late, Outbox.state.in_(WAITING)).with_for_update(skip_locked=True).limit(100)
    ).all()
    for row in rows:
        row.warned_at = database_time()
        on_timeline(row, "delivery_late", row.last_code, row.last_text or "it has not been tried yet")
        let_browsers_know(row)
    return len(rows)


def doubt(row: Outbox, why: str) -> None:
    """The owner stays written down: should it only have slept, its `mark_sent` ends the doubt."""
    row.state = OutboxState.UNCERTAIN
    row.in_doubt += 1
    row.lease_until = None
    row.next_attempt_at = database_time() + DOUBT_PAUSE
    tell(row, "uncertain", None, why)
    on_timeline(
        row, "delivery_uncertain", None, why, tries_again=not row.automatic and row.in_doubt < MAX_DOUBTS
    )


def give_up(row: Outbox, code: int | None, answer: str) -> None:
    row.state = OutboxState.FAILED
    row.last_text = clean_text(answer, MAX_ANSWER)
    tell(row, "failed", code, answer)
    on_timeline(row, "delivery_failed", code, answer)


def pause_after(attempts: int) -> timedelta:
    return RETRIES[attempts - 1] if 0 < attempts <= len(RETRIES) else RETRY_LATER


def write(lease: Lease, states: Sequence[OutboxState], *also: ColumnElement[bool], **values: Any) -> Outbox:
    """Write to the row while the lease holds, and return it locked. Raises `LeaseLost`."""
    mine = and_(
        Outbox.id == lease.outbox_id, Outbox.lease_owner == lease.owner, Outbox.state.in_(states), *also
    )
    change = update(Outbox).where(mine).values(**values).returning(Outbox)
    row: Outbox | None = db.session.scalar(
        change, execution_options={"populate_existing": True, "synchronize_session": False}
    )
    if row is None:
        raise LeaseLost
    return row


def answered(code: int | None, answer: str) -> dict[str, Any]:
    return {"last_code": code, "last_text": clean_text(answer, MAX_ANSWER)}


def released() -> dict[str, Any]:
    return {"lease_owner": None, "lease_until": None}


def database_time() -> datetime:
    moment: datetime | None = db.session.scalar(select(now()))
    assert moment is not None
    return moment


def tell(row: Outbox, outcome: str, code: int | None, answer: str) -> None:
    """Write the attempt down, and let browsers know."""
    detail = {"code": code, "text": clean_text(answer, MAX_ANSWER)}
    db.session.add(OutboxAttempt(outbox_id=row.id, outcome=outcome, detail=detail))
    let_browsers_know(row)


def let_browsers_know(row: Outbox) -> None:
    ticket_id = ticket_of_mail(row)
    if ticket_id is not None and row.message_id is not None:
        record(DeliveryChanged(ticket_id, row.message_id))


def on_timeline(row: Outbox, kind: str, code: int | None, answer: str, **data: Any) -> None:
    ticket_id = ticket_of_mail(row)
    if ticket_id is None:
        return
    note_on_timeline(
        ticket_id,
        kind,
        OUTBOX,
        message_id=row.message_id,
        is_internal=True,
        rcpt=row.rcpt,
        code=code,
        text=clean_text(answer, MAX_ANSWER),
        **data,
    )
