"""The frozen values a mail becomes once it is read: no logic, no bytes left to interpret."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


ABSENCE_BY_SUBJECT = "The subject reads like an absence notice."
"""Evidence that is enough beside a thread and too little alone: people, too, write about offices and absences."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox as written: `email` is `local@domain` (never empty), `name` the decoded display name
    or ''.
    """

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A part that is not a body. `content` is decoded; `sha256` is the lower-case hex digest of `content`.

    `content_id` has its angle brackets removed; `part_path` names the part's place in the mail
    ('2.1', as IMAP counts; a file taken out of a container has the container's path and a suffix).
    """

    filename: str
    content_type: str
    size: int
    sha256: str
    content: bytes = field(repr=False)
    disposition: str = "attachment"
    content_id: str = ""
    part_path: str = ""
    scan: str | None = None  # what a malware scanner said: a `Scan`, or None where none has looked
    malware: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """A span `text[start:end]` the reader may fold away; spans are sorted and never overlap."""

    start: int
    end: int
    kind: Literal["quote", "signature"]


@dataclass(frozen=True, slots=True)
class Bounce:
    """A failed or delayed delivery (RFC 3464 or a dialect).

    `recipients` are the addresses that failed, as written; `status` is 'x.y.z' or ''; `hard` says that
    trying again is useless; `delayed` says that the sender's host still tries (then `hard` is False).
    """

    recipients: tuple[str, ...]
    status: str = ""
    hard: bool = False
    delayed: bool = False
    diagnostic: str = ""
    reporting_mta: str = ""
    original_message_id: str = ""
    original_references: tuple[str, ...] = ()
    original_subject: str = ""
    original_recipient: str = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report (ARF, RFC 5965): somebody called a mail of ours spam."""

    feedback_type: str
    recipients: tuple[str, ...] = ()
    original_message_id: str = ""
    original_subject: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message disposition notification (MDN, RFC 8098): 'displayed', 'deleted', …"""

    disposition: str
    recipient: str = ""
    original_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """A mail handed on. `by` is 'person' (inner sender is a suggestion for agents) or 'server' (a
    rule did it).

    For a person's forward `message` is what the forwarder wrote above it, `body` the inner text, and
    `start` the place in the mail's `text` where the forwarded mail begins.
    """

    by: Literal["person", "server"]
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: str = ""
    body: str = ""
    message: str = ""
    start: int = 0


@dataclass(frozen=True, slots=True)
class Inbound:
    """One mail, read. Message-IDs are kept WITHOUT their angle brackets; '' where there is none.

    `text` is what an agent is shown as plain text (made from the HTML when there is no plain part);
    `html` is decoded but NOT sanitised; `read_safely` takes it away and leaves `safe_html`, fit for the sandboxed frame.
    `reply_text` is `text` without its folds; nothing is ever cut from `text` itself.
    `automatic` (a machine wrote it) and `may_be_answered` (we may answer it by machine) are two bits:
    an alert is automatic and still a ticket; a person's mail may ask not to be auto-answered.
    `sender` is None when nobody can be named; `sender_problems` say why From must not be believed.
    `is_skeleton` says that the mail broke its reader and only a byte scan speaks here.
    `remarks` are sentences for agents; `headers` are decoded and capped, in the order of the mail.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: Address | None = None
    sender_problems: tuple[str, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    html: str = ""
    safe_html: str = ""
    reply_text: str = ""
    folds: tuple[Fold, ...] = ()
    files: tuple[File, ...] = ()
    automatic: bool = False
    may_be_answered: bool = True
    automatic_evidence: tuple[str, ...] = ()
    auto_reply: bool = False
    list_id: str = ""
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    receipt: Receipt | None = None
    forward: Forward | None = None
    signup_code: bool = False
    remarks: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    is_skeleton: bool = False
