"""How the mails of one message fare, a line for each recipient, and what can be done about each."""

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.actions.deliveries import may_be_cancelled, may_be_corrected, may_be_tried
from models.outbox import Outbox, OutboxState
from webapp.clock import Clock, When

# The tone of the line and its words, read after the recipient.
DELIVERY_WORDS = {
    OutboxState.QUEUED: ("waiting", _l("waits to be sent")),
    OutboxState.LEASED: ("waiting", _l("is being sent")),
    OutboxState.DOT: ("waiting", _l("is being sent")),
    OutboxState.SENT: ("sent", _l("sent")),
    OutboxState.RETRY: ("late", _l("not taken yet, will be tried again")),
    OutboxState.FAILED: ("failed", _l("not delivered")),
    OutboxState.UNCERTAIN: ("late", _l("sent, but the other side never said so")),
    OutboxState.CANCELLED: ("stopped", _l("not sent: stopped")),
    OutboxState.RESTORED: ("late", _l("waited when the backup was made; nobody knows whether it was sent since")),
}


@dataclass(frozen=True)
class DeliveryLine:
    """How one recipient's mail of ours fares."""

    id: str
    recipient: str
    state: str  # 'waiting', 'sent', 'late', 'failed' or 'stopped'
    words: str
    detail: str  # the other side's last words, where there is trouble
    tries: str
    when: When | None
    next_try: When | None
    can_cancel: bool
    can_retry: bool
    can_correct: bool

    @property
    def has_acts(self) -> bool:
        return self.can_cancel or self.can_retry or self.can_correct


def delivery_line(row: Outbox, clock: Clock) -> DeliveryLine:
    state, words = DELIVERY_WORDS[OutboxState(row.state)]
    if row.state == OutboxState.SENT and row.in_doubt:
        words = _("sent, perhaps twice")
    waits = row.state in (OutboxState.RETRY, OutboxState.UNCERTAIN) and not (row.automatic and row.state != OutboxState.RETRY)
    return DeliveryLine(
        id=str(row.id),
        recipient=row.rcpt,
        state=state,
        words=words,
        detail=last_words(row) if state in ("late", "failed", "stopped") else "",
        tries=tries_of(row),
        when=clock.when(row.sent_at) if row.sent_at and row.state == OutboxState.SENT else None,
        next_try=clock.when(row.next_attempt_at) if waits and row.in_doubt < 2 else None,
        can_cancel=may_be_cancelled(row),
        can_retry=may_be_tried(row),
        can_correct=may_be_corrected(row) and row.state != OutboxState.QUEUED,
    )


def last_words(row: Outbox) -> str:
    """What the other side said last, its code first."""
    code = f"{row.last_code} " if row.last_code and not row.last_text.startswith(str(row.last_code)) else ""
    return f"{code}{row.last_text}".strip()


def tries_of(row: Outbox) -> str:
    """Only where more than one try says something."""
    return f"{row.attempts} tries" if row.attempts > 1 else ""


def can_be_unsent(rows: list[Outbox], clock: Clock) -> bool:
    """Whether all mails of a message still wait for their writer to think better of it."""
    return bool(rows) and all(
        row.state == OutboxState.QUEUED and not row.attempts and row.next_attempt_at > clock.now + timedelta(seconds=1)
        for row in rows
    )
