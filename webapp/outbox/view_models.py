"""What the outbox templates are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.dkim_keys import dns_record
from models.errors import SettingsError
from models.mailbox import Mailbox
from models.outbox import OutboxAttempt
from models.queries.outbox import FILTERS, MailOut
from models.settings import Settings
from webapp.clock import Clock, When
from webapp.inbox.delivery_lines import DeliveryLine, delivery_line, last_words

TONES = {"sent": "good", "waiting": "quiet", "late": "doubt", "failed": "bad", "stopped": "quiet"}

KINDS = {
    "reply": _l("reply"),
    "forward": _l("forward"),
    "test": _l("test mail"),
    "ack": _l("acknowledgement"),
    "status": _l("news of the status"),
    "agent_assigned": _l("agent assigned"),
    "agent_mention": _l("agent mention"),
    "agent_message": _l("agent message"),
    "agent_note": _l("agent note"),
    "agent_status": _l("agent status"),
    "alarm": _l("alarm"),
    "alarm_over": _l("alarm over"),
    "code": _l("code"),
    "invitation": _l("invitation"),
    "password_changed": _l("password changed"),
}

ATTEMPT_WORDS = {
    "sent": _l("The next server has it"),
    "deferred": _l("Not now"),
    "failed": _l("Not delivered"),
    "uncertain": _l("In doubt"),
    "cancelled": _l("Not sent"),
    "bounce": _l("It came back"),
    "delay": _l("The other side says it is late"),
    "complaint": _l("The recipient complained"),
    "receipt": _l("It was opened"),
    "words": _l("Another mail system wrote about it"),
    "delivery_cancelled": _l("Stopped"),
    "delivery_again": _l("Sent again"),
}


@dataclass(frozen=True)
class FilterLink:
    name: str
    title: str
    number: int
    is_current: bool


@dataclass(frozen=True)
class OutboxRow:
    """One mail in the table."""

    line: DeliveryLine
    kind: str
    tone: str
    attempts: int
    queued: When
    moves: When | None  # when it is tried next, where it is
    said: str
    subject: str
    ref: str
    ticket_id: int | None


@dataclass(frozen=True)
class Step:
    """One thing that happened to a mail."""

    words: str
    said: str
    when: When


@dataclass(frozen=True)
class DnsRecord:
    """What a domain has to publish so that others can check our signature."""

    name: str
    value: str


def filter_links(sums: Mapping[str, int], current: str) -> tuple[FilterLink, ...]:
    return tuple(FilterLink(name, title, sums[name], name == current) for name, (title, _rows) in FILTERS.items())


def outbox_row(mail: MailOut, clock: Clock) -> OutboxRow:
    row = mail.row
    line = delivery_line(row, clock)
    return OutboxRow(
        line=line,
        kind=str(KINDS.get(row.kind, row.kind.replace("_", " "))),
        tone=TONES[line.state],
        attempts=row.attempts,
        queued=clock.when(row.created_at),
        moves=line.next_try,
        said=last_words(row),
        subject=mail.subject or (_("Test mail") if row.kind == "test" else ""),
        ref=mail.ref,
        ticket_id=row.ticket_id,
    )


def steps_of(attempts: Sequence[OutboxAttempt], clock: Clock) -> tuple[Step, ...]:
    return tuple(
        Step(str(ATTEMPT_WORDS.get(each.outcome, each.outcome)), said_in(each), clock.when(each.at)) for each in attempts
    )


def said_in(attempt: OutboxAttempt) -> str:
    parts = (attempt.detail.get("code"), attempt.detail.get("text"))
    return " ".join(str(part) for part in parts if part)


def dns_records(mailboxes: Sequence[Mailbox], settings: Settings) -> tuple[DnsRecord, ...]:
    """The DKIM records of all our domains; none where the key cannot be read, which the worker's log tells too."""
    domains = dict.fromkeys(mailbox.address.rpartition("@")[2] for mailbox in mailboxes)
    try:
        return tuple(DnsRecord(*dns_record(settings, domain)) for domain in domains)
    except (SettingsError, OSError, ValueError):
        return ()
