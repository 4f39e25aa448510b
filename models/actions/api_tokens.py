"""API tokens: made, shown once, revoked; and who stands behind one."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select, text, update

from models.actions.audit import note_in_audit
from models.actor import actor_of
from models.api_token import ApiToken, Scope
from models.database import db
from models.errors import Forbidden, Invalid, NotFound
from models.people import Role, User
from models.text import clean_text

PREFIX = "prt_"  # so that scanners of source code, and people, know what they have found
HINT = 9  # letters of it that are shown later
ADMIN_SCOPES = frozenset({Scope.ADMIN_READ, Scope.ADMIN_WRITE, Scope.REPORTS_READ})
MOST_TOKENS = 50
LOOKED_AT = text("interval '1 minute'")


def make_token(
    user: User, name: str, scopes: Collection[str], days: int | None = None, place: str = ""
) -> tuple[ApiToken, str]:
    """A token of `user`'s and its secret, which is told now and never again. Raises `Invalid`, `Forbidden`."""
    name = " ".join(clean_text(name, 100).split())
    if not name:
        raise Invalid("name", "a token needs a name, so that you know later what uses it")
    if not scopes or set(scopes) - set(Scope):
        raise Invalid("scopes", f"choose at least one of {', '.join(Scope)}")
    if user.role != Role.ADMIN and ADMIN_SCOPES & set(scopes):
        raise Forbidden("only administrators make tokens for reports and administration")
    living = select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    if (db.session.scalar(living) or 0) >= MOST_TOKENS:
        raise Invalid("name", f"you have {MOST_TOKENS} tokens already: revoke those that nothing uses")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user_id=user.id,
        name=name,
        hint=secret[:HINT],
        token_hash=hash_of(secret),
        scopes=[scope for scope in Scope if scope in scopes],
        expires_at=datetime.now(UTC) + timedelta(days=days) if days else None,
    )
    db.session.add(token)
    db.session.flush()
    if user.role == Role.ADMIN:
        note_in_audit(actor_of(user, place), "api_access.made", "API access", token.id, token.name, after={"scopes": token.scopes})
    return token, secret


def revoke_token(user: User, token_id: int, place: str = "") -> None:
    """It opens nothing from now on. Raises `NotFound` also for somebody else's."""
    token = db.session.get(ApiToken, token_id)
    if token is None or token.user_id != user.id or token.revoked_at is not None:
        raise NotFound("there is no such token, or it is not yours")
    token.revoked_at = datetime.now(UTC)
    if user.role == Role.ADMIN:
        note_in_audit(actor_of(user, place), "api_access.revoked", "API access", token.id, token.name)


def whose_token(secret: str) -> tuple[User, frozenset[str]] | None:
    """The active person behind a living token, and its scopes. Notes about once a minute that it is in use."""
    living = (
        ApiToken.token_hash == hash_of(secret),
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > func.statement_timestamp()),
        User.is_active,
    )
    found = db.session.execute(select(ApiToken.id, ApiToken.scopes, User).join(User, User.id == ApiToken.user_id).where(*living)).first()
    if found is None:
        return None
    token_id, scopes, user = found
    note_use(token_id)
    return user, frozenset(scopes)


def note_use(token_id: int) -> None:
    unseen = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < func.statement_timestamp() - LOOKED_AT)
    used = update(ApiToken).where(ApiToken.id == token_id, unseen).values(last_used_at=func.clock_timestamp())
    db.session.execute(used.execution_options(synchronize_session=False))


def hash_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
