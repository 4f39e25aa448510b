"""What proves that somebody is who they say: one-time codes by mail, second factors, recovery codes.

No code and no secret lies here in the open: a copy of these tables lets nobody in.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class OneTimeCode(db.Model):
    """A code that went to an address by mail, and the verification token that its reader got for it.

    The code is stored nowhere: `models/codes.py` makes it from the desk's key and the id of the row.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (CheckConstraint("address <> ''", name="address_given"), Index(None, "address", "created_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    address: Mapped[str]  # normalised
    browser: Mapped[str] = mapped_column(server_default="")  # hash of the asking browser's cookie; '' for scripts
    network: Mapped[str] = mapped_column(server_default="", index=True)  # where it was asked for, hashed
    outbox_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)
    expires_at: Mapped[datetime]
    wrong_tries: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    spent_at: Mapped[datetime | None]  # used, tried too often, or followed by a newer one
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    token_expires_at: Mapped[datetime | None]
    token_spent_at: Mapped[datetime | None]


class SecondFactor(db.Model):
    """Somebody's authenticator app (TOTP, RFC 6238). It counts from the moment a first code of it was right."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted under a key of its own
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(server_default=text("0"))  # 30 s steps since 1970; used up to this one
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class RecoveryCode(db.Model):
    """One of the codes that stand in for a lost authenticator, each once."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("uq_recovery_code_hash", "user_id", "code_hash", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    spent_at: Mapped[datetime | None]
