"""Signs a finished mail with our DKIM key; the only import of the DKIM library for outgoing mail."""

import dkim

from jobs.headers import wire_address
from models.dkim_keys import signing_key
from models.settings import Settings

# Each is named once more than it stands in the mail, so that none can be put on top of it (RFC 6376 section 8.15).
SIGNED = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
    "MIME-Version", "Content-Type", "Auto-Submitted",
)  # fmt: skip


def sign(mime: bytes, sender: str, settings: Settings) -> bytes:
    """`mime` with a DKIM-Signature on top, by the key of the sender's domain. Raises `OSError`.

    The whole body is signed: with `l=` anybody could go on writing below it.
    """
    domain = wire_address(sender).rpartition("@")[2]
    signature: bytes = dkim.sign(
        mime,
        selector=settings.dkim_selector.encode(),
        domain=domain.encode(),
        privkey=signing_key(settings, domain).encode(),
        include_headers=oversigned(mime),
        canonicalize=(b"relaxed", b"relaxed"),
    )
    return signature + mime


def oversigned(mime: bytes) -> list[bytes]:
    """The names for `h=`. Our mails carry each of these fields once or not at all: `prove` has made sure."""
    head = mime.partition(b"\r\n\r\n")[0].lower()
    present = {line.partition(b":")[0] for line in head.split(b"\r\n")}
    names = [name.lower().encode() for name in SIGNED]
    return [name for name in names for _ in range(2 if name in present else 1)]
