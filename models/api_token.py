"""API tokens: what scripts show instead of signing in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from models.database import db


class Scope(StrEnum):
    """What an API token may be made for. It never does more than the person it belongs to."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    REPORTS_READ = "reports:read"
    ADMIN_READ = "admin:read"
    ADMIN_WRITE = "admin:write"


class ApiToken(db.Model):
    """One token of one person. Kept is only its SHA-256: it is a long random number, so no salt helps anybody."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    hint: Mapped[str]  # its first letters, by which a person tells two of them apart
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped["User"] = relationship(lazy="raise")  # noqa: F821
