"""What is known about a mail before it is decided upon, and what it can become. Values only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from mailgate.identity.verdict import Level, Verdict
from mailgate.inbound import Inbound
from models.actions.participants import Newcomer


Strength = Literal["K1", "K2", "K3", "K4"]
"""A reply address of ours, a Message-ID of ours, the Message-ID of an earlier mail, a reference in the subject."""


@dataclass(frozen=True)
class AgentToken:
    """The reply address belongs to an agent. Everything that must hold before his mail counts as his."""

    agent_id: int
    is_public: bool  # it may answer the customer, where the mailbox allows that
    is_senders: bool  # From is this agent's own address
    is_fresh: bool  # given out not longer ago than an agent's reply may take
    may_see_ticket: bool  # now, not when it was given out


@dataclass(frozen=True)
class Thread:
    """The ticket that the mail's evidence points to, and how strong that evidence is.

    `strength` is the first kind of evidence that led anywhere, and `named_id` what it was: an address, a Message-ID
    or a reference. Where the ticket was merged, this is the one it went into.
    """

    strength: Strength
    named_id: str
    mailbox_id: int
    ticket_id: int
    ref: str
    status: str
    may_reopen: bool
    sender_takes_part: bool
    sender_is_owner: bool = False  # K1: the reply address is the sender's own
    agent: AgentToken | None = None
    removed_as: str = ""  # 'deleted' or 'spam': nothing goes on there


@dataclass(frozen=True)
class Flood:
    """Too many new tickets in a few minutes. `source` is an address or '@domain'; `ticket_id` takes them in, once it is there."""

    source: str
    ticket_id: int | None = None


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
    sender_is_blocked: bool = False
    agent_id: int | None = None  # whose address From is, where that is an agent's
    agents_by_mail: Literal["off", "note", "public"] = "off"  # what the mailbox lets an agent's mail become
    flood: Flood | None = None
    probe_id: UUID | None = None  # the desk has sent this mail to itself, and it is the first with its mark
    is_imported: bool = False  # mail of the past, which an administrator brings from elsewhere
    sender_was_team: bool = False  # of an imported mail: an administrator says that From answered customers then
    outsiders: tuple[Newcomer, ...] = ()  # of an imported mail: to whom else it went who is neither desk nor team

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
    """A new ticket; `follow_up_of` where it goes on from a closed one, `may_belong_to` where a human must look.

    With `flood_of` it is the ticket that takes a flood in.
    """

    name = "new_ticket"
    follow_up_of: int | None = field(default=None, kw_only=True)
    may_belong_to: int | None = field(default=None, kw_only=True)
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    flood_of: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class AddToTicket(Decision):
    name = "reply"
    ticket_id: int = field(kw_only=True)


@dataclass(frozen=True)
class HoldOnTicket(Decision):
    """Kept on the ticket where agents alone see it, until one of them says what it is. Wakes and tells nobody else.

    `agent_id` is the agent in whose name it claims to come: he hears of it.
    """

    name = "held"
    ticket_id: int = field(kw_only=True)
    agent_id: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class SpeakForAgent(Decision):
    """An agent's own mail: a note for the team, or an answer to the customer where `public`."""

    name = "reply"
    ticket_id: int = field(kw_only=True)
    agent_id: int = field(kw_only=True)
    public: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class TakeOver(Decision):
    """An answer that the team gave elsewhere: a message to the customer that is never sent. Without a ticket it opens one."""

    name = "reply"
    ticket_id: int | None = field(default=None, kw_only=True)
    agent_id: int | None = field(default=None, kw_only=True)


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
    """No ticket: kept, counted, and shown under Held mail or Mail flow, in the named folder.

    With `masked`, codes and links are covered in what is shown of it. `agent_id` as in `HoldOnTicket`.
    """

    name = "set_aside"
    folder: Literal["loop", "backscatter", "auto_reply", "held", "quarantine", "probe"] = field(kw_only=True)
    masked: bool = field(default=False, kw_only=True)
    agent_id: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Ruling:
    """A decision and the id of the rule that made it."""

    rule: str
    decision: Decision
