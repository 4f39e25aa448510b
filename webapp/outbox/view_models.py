"""What the outbox templates are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.dkim_keys import dns_record
from models.errors import SettingsError
from models.mailbox import Mailbox
from models.outbox import OutboxAttempt
from models.queries.outbox import FILTERS, MailOut
from models.settings import Settings
from webapp.clock import Clock, When
from webapp.inbox.delivery_lines import DeliveryLine, delivery_line, last_words

TONES = {"sent": "good", "waiting": "quiet", "late": "doubt", "failed": "bad", "stopped": "quiet"}

KINDS = {"reply": "reply", "forward": "forward", "test": "test mail"}

ATTEMPT_WORDS = {
    "sent": "The next server has it",
    "deferred": "Not now",
    "failed": "Not delivered",
    "uncertain": "In doubt",
    "cancelled": "Not sent",
    "bounce": "It came back",
    "delay": "The other side says it is late",
    "complaint": "The recipient complained",
    "receipt": "It was opened",
    "words": "Another mail system wrote about it",
    "delivery_cancelled": "Stopped",
    "delivery_again": "Sent again",
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
    return tuple(FilterLink(name, title, sums[name], name == current) for name, (title, _) in FILTERS.items())


def outbox_row(mail: MailOut, clock: Clock) -> OutboxRow:
    row = mail.row
    line = delivery_line(row, clock)
    return OutboxRow(
        line=line,
        kind=KINDS.get(row.kind, row.kind.replace("_", " ")),
        tone=TONES[line.state],
        attempts=row.attempts,
        queued=clock.when(row.created_at),
        moves=line.next_try,
        said=last_words(row),
        subject=mail.subject or ("Test mail" if row.kind == "test" else ""),
        ref=mail.ref,
        ticket_id=row.ticket_id,
    )


def steps_of(attempts: Sequence[OutboxAttempt], clock: Clock) -> tuple[Step, ...]:
    return tuple(
        Step(ATTEMPT_WORDS.get(each.outcome, each.outcome), said_in(each), clock.when(each.at)) for each in attempts
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
