"""Signed local parts: reply addresses (`r1…`), each for one person on one ticket, and bounce addresses (`b1…`).

`r1` or `b1`, then 29 letters of base32, lower case: the signing key's id (5 bits), a random id (60 bits) and a
MAC of 80 bits over purpose, id and mailbox. A row of these tables gives the id its meaning; the MAC says that the
address was made here. Addresses are read in any case, for some mail systems change it. A token is shown to all who
get a copy of a mail: it names a place, and whether its sender may write there is another question.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db
from models.keys import derived_key, key_id

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
TOKEN = re.compile(r"[rb]1[a-z2-7]([a-z2-7]{12})[a-z2-7]{16}")
ID_BITS, MAC_BITS = 60, 80


class Purpose(StrEnum):
    """What a mail to the address may do. A token of one purpose never serves for another."""

    CUSTOMER = "customer"
    AGENT = "agent"
    AGENT_PUBLIC = "agent-public"
    BOUNCE = "bounce"


class ReplyToken(db.Model):
    """Whose reply address this is: a participant's, or an agent's who was told of the ticket."""

    __tablename__ = "reply_token"
    __table_args__ = (
        CheckConstraint("purpose IN ('customer', 'agent', 'agent-public')", name="purpose"),
        CheckConstraint(
            "CASE WHEN purpose = 'customer' THEN participant_id IS NOT NULL AND agent_id IS NULL"
            " ELSE agent_id IS NOT NULL AND participant_id IS NULL END",
            name="one_owner",
        ),
        Index(
            "uq_reply_token_participant",
            "participant_id",
            "ticket_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(None, "ticket_id"),
        Index(None, "agent_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"))  # signed: a ticket may move
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id", ondelete="CASCADE"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    revoked_at: Mapped[datetime | None]


class BounceToken(db.Model):
    """The envelope sender of one mail of ours, so that a report about it finds it (VERP)."""

    __tablename__ = "bounce_token"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    outbox_id: Mapped[UUID] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"), unique=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


def new_token_id() -> int:
    """60 random bits."""
    return secrets.randbits(ID_BITS)


def signed_token(key: bytes, purpose: str, token_id: int, mailbox_id: int) -> str:
    """The local part that stands for this id, signed with `key`, one of the desk's secrets."""
    prefix = "b1" if purpose == Purpose.BOUNCE else "r1"
    kid = LETTERS[int(key_id(key), 16) % len(LETTERS)]
    return f"{prefix}{kid}{in_letters(token_id, ID_BITS)}{mac(key, purpose, token_id, mailbox_id)}"


def token_id_in(local_part: str) -> int | None:
    """The id that a local part of the right shape names; says nothing of its signature. None for other shapes."""
    match = TOKEN.fullmatch(local_part.lower())
    if match is None:
        return None
    number = 0
    for letter in match[1]:
        number = number << 5 | LETTERS.index(letter)
    return number


def is_signed_for(keys: Sequence[bytes], local_part: str, purpose: str, token_id: int, mailbox_id: int) -> bool:
    """Whether we made `local_part` for exactly this; any of our keys may have signed. Compares in constant time."""
    given = local_part.lower().encode("utf-8", "surrogateescape")
    right = (signed_token(key, purpose, token_id, mailbox_id).encode() for key in keys)
    return any([hmac.compare_digest(given, each) for each in right])


def mac(key: bytes, purpose: str, token_id: int, mailbox_id: int) -> str:
    signing = derived_key(key, "reply-token").encode()
    digest = hmac.digest(signing, f"{purpose}|{token_id}|{mailbox_id}".encode(), "sha256")
    return in_letters(int.from_bytes(digest[: MAC_BITS // 8]), MAC_BITS)


def in_letters(number: int, bits: int) -> str:
    """`number` in base32, most significant first; `bits` is a multiple of five."""
    return "".join(LETTERS[number >> shift & 31] for shift in range(bits - 5, -1, -5))
