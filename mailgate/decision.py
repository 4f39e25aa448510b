"""What is known about a mail before it is decided upon, and what it can become. Values only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from mailgate.identity.verdict import Level, Verdict
from mailgate.inbound import Inbound


@dataclass(frozen=True)
class Thread:
    """The ticket that the mail's evidence points to, and how strong that evidence is.

    `strength` is K2 for a signed Message-ID of ours, K3 for the id of an earlier mail from outside.
    """

    strength: Literal["K2", "K3"]
    named_id: str
    mailbox_id: int
    ticket_id: int
    ref: str
    status: str
    may_reopen: bool
    sender_takes_part: bool


@dataclass(frozen=True)
class OwnMail:
    """A mail of ours that a report speaks of."""

    outbox_id: UUID
    ticket_id: int | None  # None for what belongs to no ticket, such as a test mail
    message_id: int | None
    by_bounce_address: bool = False  # the report came to the signed address that only this mail's envelope carried


@dataclass(frozen=True)
class Duplicate:
    """An earlier mail with the same words under the same Message-ID, and what it became."""

    inbound_id: UUID
    ticket_id: int | None
    message_id: int | None


@dataclass(frozen=True)
class Facts:
    """Everything the rules may look at."""

    inbound: Inbound
    inbound_id: UUID
    mail_from: str  # '' is the null sender
    rcpt: str
    mailbox_id: int
    received_at: datetime
    sender: str  # the From address, normalised; '' when nobody can be named
    sender_is_us: bool = False  # From is an address of a mailbox of ours
    sender_is_allowed: bool = False  # an agent lets mails through that say they come from here
    is_released: bool = False  # an agent has looked at this mail and wants it filed
    carries_our_mark: bool = False
    reported: OwnMail | None = None
    thread: Thread | None = None
    duplicate: Duplicate | None = None
    sender_is_agent: bool = False  # From is the address of an agent or administrator
    verdict: Verdict = Verdict()  # who the sender is; its level takes into account whose address From is
    siblings: tuple[int, ...] = ()  # tickets that the same mail has opened at other mailboxes

    @property
    def level(self) -> Level:
        return self.verdict.level


@dataclass(frozen=True)
class Decision:
    """What one mail becomes at one mailbox. `why` is a sentence for agents; `evidence` what it stands on."""

    name: ClassVar[str]
    why: str
    evidence: dict[str, Any] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True)
class OpenTicket(Decision):
    """A new ticket; `follow_up_of` where it goes on from a closed one, `may_belong_to` where a human must look."""

    name = "new_ticket"
    follow_up_of: int | None = field(default=None, kw_only=True)
    may_belong_to: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class AddToTicket(Decision):
    name = "reply"
    ticket_id: int = field(kw_only=True)


@dataclass(frozen=True)
class RecordAutoReply(Decision):
    """Shown on the ticket, folded; wakes nobody and reopens nothing."""

    name = "auto_reply"
    ticket_id: int = field(kw_only=True)


@dataclass(frozen=True)
class RecordReport(Decision):
    """A bounce, a complaint or a read receipt about a mail of ours."""

    name = "report"
    kind: Literal["bounce", "delay", "complaint", "receipt", "words"] = field(kw_only=True)
    about: OwnMail = field(kw_only=True)


@dataclass(frozen=True)
class LinkDuplicate(Decision):
    name = "duplicate"
    first: Duplicate = field(kw_only=True)


@dataclass(frozen=True)
class SetAside(Decision):
    """No ticket: kept, counted, and shown under Mail flow, in the named folder."""

    name = "set_aside"
    folder: Literal["loop", "backscatter", "auto_reply", "held"] = field(kw_only=True)


@dataclass(frozen=True)
class Ruling:
    """A decision and the id of the rule that made it."""

    rule: str
    decision: Decision
