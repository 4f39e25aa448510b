"""Signing in and out, and staying signed in."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, func, select, text, update

from models.database import db
from models.errors import Forbidden, Invalid
from models.passwords import matches
from models.people import FailedSignIn, SignIn, User
from models.text import clean_text

IDLE = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
FAILURES_FOR_A_NAME = 10
FAILURES_FROM_AN_ADDRESS = 50
TABS_MAY_RACE = timedelta(seconds=10)  # two tabs renew at once: the slower one is no thief

WRONG = "this user name and password do not belong together"
TOO_MANY = "too many wrong passwords: wait a quarter of an hour and try again"


def check_password(username: str, password: str, address: str) -> User | None:
    """The active user whom `username` (or e-mail address) and `password` name, or None: the failure is counted.

    The caller commits either way. Raises `Forbidden` when this name or `address` has failed too often.
    """
    name = username.strip().lower()
    scopes = [scope_of("user", name), scope_of("ip", address)]
    one_guess_at_a_time(scopes[0])
    refuse_guessers(scopes)
    user = db.session.scalar(
        select(User).where((func.lower(User.username) == name) | (func.lower(User.email) == name)).limit(1)
    )
    right = matches(user.password_hash if user else None, password)
    if not (user and right and user.is_active):
        db.session.add_all(FailedSignIn(scope=scope) for scope in scopes)
        return None
    db.session.execute(delete(FailedSignIn).where(FailedSignIn.scope == scopes[0]))
    return user


def one_guess_at_a_time(scope: str) -> None:
    """Or a hundred guesses at once are all counted after they have been tried. Held until the caller commits."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:scope, 0))"), {"scope": scope})


def refuse_guessers(scopes: list[str]) -> None:
    recent = (
        select(FailedSignIn.scope, func.count())
        .where(FailedSignIn.scope.in_(scopes), FailedSignIn.at > func.clock_timestamp() - WINDOW)
        .group_by(FailedSignIn.scope)
    )
    failures = dict(db.session.execute(recent).all())
    if failures.get(scopes[0], 0) >= FAILURES_FOR_A_NAME or failures.get(scopes[1], 0) >= FAILURES_FROM_AN_ADDRESS:
        raise Forbidden(TOO_MANY)


def scope_of(kind: str, value: str) -> str:
    """A key of fixed size: whoever guesses chooses how long a name is."""
    return f"{kind}:{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"


def start_sign_in(user: User, *, browser: str = "", address: str = "") -> SignIn:
    """A new sign-in, with the id of its first refresh token."""
    sign_in = SignIn(
        user_id=user.id,
        current_refresh=uuid4().hex,
        expires_at=datetime.now(UTC) + IDLE,
        browser=clean_text(browser, 300),
        address=clean_text(address, 100),
    )
    db.session.add(sign_in)
    db.session.flush()
    return sign_in


def renew_sign_in(sign_in_id: int, refresh: str) -> SignIn:
    """Spend a refresh token: the sign-in with the id of the next one. Raises `Invalid` when it is over.

    A spent token that comes again has been stolen, by whoever used it first or second: the sign-in ends, and
    the caller must commit that before it passes the error on.
    """
    sign_in = db.session.get(SignIn, sign_in_id, with_for_update=True)
    if sign_in is None or is_over(sign_in):
        raise Invalid("refresh", "you are signed out: sign in again")
    now = datetime.now(UTC)
    if refresh == sign_in.current_refresh:
        sign_in.spent_refresh, sign_in.current_refresh = sign_in.current_refresh, uuid4().hex
        sign_in.renewed_at = now
        sign_in.expires_at = now + IDLE
    elif refresh != sign_in.spent_refresh or now - sign_in.renewed_at > TABS_MAY_RACE:
        sign_in.ended_at = now
        raise Invalid("refresh", "you are signed out: sign in again")
    return sign_in


def end_sign_in(sign_in_id: int) -> None:
    """Sign out: every token of this sign-in is worthless from now on."""
    db.session.execute(
        update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None)).values(ended_at=func.clock_timestamp())
    )


def is_over(sign_in: SignIn) -> bool:
    return sign_in.ended_at is not None or sign_in.expires_at <= datetime.now(UTC)
