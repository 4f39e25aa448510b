"""Our own Message-IDs: signed, so that nobody can make one up, and short, so that nobody breaks one.

`<h1.ID.MAC@domain>`: 65 random bits and an 80-bit MAC over everything that is believed when the id comes
back: the outbox row, the ticket and the participant. See RFC 5322 section 3.6.4 for the form.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from uuid import UUID

OURS = re.compile(r"h1\.([a-z2-7]{13})\.([a-z2-7]{16})@[^@<>\s]+")


def new_message_id(
    keys: Sequence[bytes], outbox_id: UUID, ticket_id: int | None, participant_id: int | None, domain: str
) -> str:
    """A fresh Message-ID with its angle brackets, signed with the first key."""
    identity = base32(secrets.token_bytes(9))[:13]
    return f"<h1.{identity}.{mac(keys[0], identity, outbox_id, ticket_id, participant_id)}@{domain}>"


def looks_like_ours(message_id: str) -> bool:
    """Whether `message_id` (without brackets) has the form of ours; says nothing of its signature."""
    return OURS.fullmatch(message_id.lower()) is not None


def is_signed_for(
    keys: Sequence[bytes], message_id: str, outbox_id: UUID, ticket_id: int | None, participant_id: int | None
) -> bool:
    """Whether we made `message_id` (without brackets) for exactly this mail; any of our keys may have signed."""
    match = OURS.fullmatch(message_id.lower())
    if match is None:
        return False
    identity, given = match.groups()
    expected = (mac(key, identity, outbox_id, ticket_id, participant_id) for key in keys)
    return any([hmac.compare_digest(given, right) for right in expected])


def mac(key: bytes, identity: str, outbox_id: UUID, ticket_id: int | None, participant_id: int | None) -> str:
    believed = f"message-id|{identity}|{outbox_id}|{ticket_id}|{participant_id}"
    return base32(hmac.digest(key, believed.encode(), "sha256")[:10])


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def id_hash(message_id: str) -> bytes:
    """The key a Message-ID is found by: its sender chose its length, an index must not care."""
    return hashlib.sha256(message_id.strip().strip("<>").strip().encode("utf-8", "surrogateescape")).digest()
