"""Accounts at other people's mail servers, whose mail is fetched by IMAP for those who cannot point an MX at us."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import BigInteger, Text

from models.database import db


class ImapAccount(db.Model):
    """One folder of one account, whose new mail belongs to `mailbox`.

    `taken_uid` is the last mail in custody, written in the transaction that took it; up to `settled_uid` the server
    knows so too (marked or moved). Both count only under `uidvalidity` (RFC 9051 section 2.3.1.1). One process reads a
    folder at a time: whoever holds the lease.
    """

    __tablename__ = "imap_account"
    __table_args__ = (
        CheckConstraint("security IN ('tls', 'starttls', 'plain')", name="security"),
        CheckConstraint("sign_in IN ('password', 'oauth')", name="sign_in"),
        CheckConstraint("afterwards IN ('leave', 'seen', 'move')", name="afterwards"),
        UniqueConstraint("host", "username", "folder"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"), index=True)
    host: Mapped[str]
    port: Mapped[int] = mapped_column(Integer)
    security: Mapped[str]
    username: Mapped[str]
    folder: Mapped[str] = mapped_column(server_default="INBOX")
    sign_in: Mapped[str] = mapped_column(server_default="password")
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # the password, or what OAuth needs, as JSON
    afterwards: Mapped[str] = mapped_column(server_default="leave")
    move_to: Mapped[str] = mapped_column(server_default="")
    takes_old: Mapped[bool] = mapped_column(server_default=text("false"))  # what lay there before: taken in as imported
    trusted_hosts: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # whose Received lines count
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    uidvalidity: Mapped[int | None]
    taken_uid: Mapped[int] = mapped_column(server_default=text("0"))
    settled_uid: Mapped[int] = mapped_column(server_default=text("0"))
    left_uids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))  # too large to take
    taken: Mapped[int] = mapped_column(server_default=text("0"))  # mails taken in so far
    looked_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(server_default="")
    trouble_since: Mapped[datetime | None]

    mailbox: Mapped["Mailbox"] = relationship(lazy="raise")  # noqa: F821
