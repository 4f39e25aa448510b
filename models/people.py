"""People: customers, agents, administrators; and their signing in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.database import db


class Role(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    ADMIN = "admin"


STAFF = frozenset({Role.AGENT, Role.ADMIN})


LAST_NAME = "lower(\"substring\"(full_name, '[^ ]+$'::text))"  # as Postgres spells it


def begins(name: str, expression: str) -> Index:
    """An index for LIKE 'beginning%', whatever the database sorts by."""
    column = literal_column(expression).label("begins")
    return Index(f"ix_user_account_{name}_begins", column, postgresql_ops={"begins": "text_pattern_ops"})


class Notices(StrEnum):
    """When an agent gets mail about his tickets: never, always, or while no browser of his has the desk open."""

    NEVER = "never"
    AWAY = "away"
    ALWAYS = "always"


class User(db.Model):
    """Somebody who writes to the desk or works at it. A customer known by mail alone has no password."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("role IN ('customer', 'agent', 'admin')", name="role"),
        CheckConstraint("username <> ''", name="username_given"),
        CheckConstraint("notices IN ('never', 'away', 'always')", name="notices"),
        Index("uq_user_account_username", func.lower(text("username")), unique=True),
        Index("uq_user_account_email", func.lower(text("email")), unique=True),
        Index("ix_user_account_staff", "full_name", "username", postgresql_where=text("role IN ('agent', 'admin')")),
        # What the composer completes: the beginning of an address, of a name, of a last name.
        begins("email", "lower(email)"),
        begins("name", "lower(full_name)"),
        begins("last_name", LAST_NAME),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    email: Mapped[str | None]
    full_name: Mapped[str] = mapped_column(server_default="")
    role: Mapped[str] = mapped_column(server_default=Role.CUSTOMER)
    password_hash: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]  # when its owner proved to read the mail of `email`
    google_subject: Mapped[str | None] = mapped_column(unique=True)  # Google's `sub`; an address is no key
    second_factor_required: Mapped[bool] = mapped_column(server_default=text("false"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_available: Mapped[bool] = mapped_column(server_default=text("false"))
    capacity: Mapped[int] = mapped_column(server_default=text("10"))
    last_assigned_at: Mapped[datetime | None]
    notices: Mapped[str] = mapped_column(server_default=Notices.AWAY)
    language: Mapped[str] = mapped_column(server_default="")  # code; '': as the browser asks
    shortcuts: Mapped[dict[str, list[str]]] = mapped_column(JSONB, server_default=text("'{}'"))  # action → keys, where changed
    seen_at: Mapped[datetime | None]  # when the desk last stood open in a browser of his, to the minute
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    @property
    def name(self) -> str:
        """What others see: the full name, else the user name."""
        return self.full_name or self.username


class SignIn(db.Model):
    """One signed-in browser or script. Tokens name it, so that ending it ends them all.

    `spent_refresh` and `current_refresh` are the ids of refresh tokens: a spent one that is used again, later
    than two tabs can race, ends the sign-in (RFC 9700 section 4.14.2).
    """

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    current_refresh: Mapped[str]
    spent_refresh: Mapped[str | None]
    renewed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")


class FailedSignIn(db.Model):
    """A wrong password, counted in Postgres so that a flushed Redis forgives nobody."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (Index(None, "scope", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]  # 'user:<lower name, hashed>' or 'ip:<address>'
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
