"""What the gate takes custody of: a mail, byte for byte, with everything that SMTP said about it."""

import hashlib
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of our addresses a mail is for: lower-case, the `+tag` (or the token of a signed address) apart."""

    address: str
    mailbox_id: int | None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail and all that SMTP said about it. `mail_from` is '' for `<>`; exactly one of `raw`, `spooled` is
    set.
    """

    id: UUID
    gateway: str
    peer_ip: str | None
    helo: str
    tls: str
    smtputf8: bool
    mail_from: str
    recipients: tuple[Recipient, ...]
    our_received: str
    raw_sha256: bytes
    raw_size: int
    raw: bytes | None
    spooled: Path | None
    wire_flags: tuple[str, ...]
    id_hash: bytes | None  # of the mail's own Message-ID
    origin: str = "smtp"
    dated_at: datetime | None = None  # of what is imported: when it was written

    @property
    def key(self) -> bytes:
        """What is the same when a sender tries again: sender, recipients, bytes. Our own Received line is not
        in it.
        """
        parts = ["v1", self.mail_from, *sorted(recipient.address for recipient in self.recipients)]
        return hashlib.sha256("\0".join(parts).encode() + b"\0" + self.raw_sha256).digest()


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 5.7): rows in order of arrival, so that the index grows at one end."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (
        (milliseconds << 80)
        | (0x7 << 76)
        | ((random >> 68) << 64)
        | (0b10 << 62)
        | (random & ((1 << 62) - 1))
    )
    return UUID(int=value)
