"""Signing in and out, and staying signed in."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, func, select, update

from models.actions.guesses import Limit, count, forgive, one_at_a_time, refuse_above
from models.database import db
from models.errors import Invalid, NotFound
from models.passwords import matches
from models.people import SignIn, User
from models.text import clean_text

IDLE = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
FAILURES_FOR_A_NAME = 10
FAILURES_FROM_AN_ADDRESS = 50
TABS_MAY_RACE = timedelta(seconds=10)  # two tabs renew at once: the slower one is no thief
REMEMBERED = timedelta(days=30)  # how long a sign-in that is over is kept

WRONG = "this user name and password do not belong together"
TOO_MANY = "too many wrong passwords: wait a quarter of an hour and try again"

FOR_A_NAME = Limit("user", FAILURES_FOR_A_NAME, WINDOW, TOO_MANY)
FROM_AN_ADDRESS = Limit("ip", FAILURES_FROM_AN_ADDRESS, WINDOW, TOO_MANY)

def check_password(username: str, password: str, address: str) -> User | None:
    """The active user whom `username` (or e-mail address) and `password` name, or None: the failure is counted.

    The caller commits either way. Raises `TooMany` when this name or `address` has failed too often.
    """
    name = username.strip().lower()
    one_at_a_time("user", name)
    refuse_above((FOR_A_NAME, name), (FROM_AN_ADDRESS, address))
    user = user_named(name)
    right = matches(user.password_hash if user else None, password)
    if not (user and right and user.is_active):
        count(("user", name), ("ip", address))
        return None
    forgive("user", name)
    return user


def user_named(name: str) -> User | None:
    """Whoever has this e-mail address, else whoever has this user name, both in lower case."""
    named = (func.lower(User.email) == name) | (func.lower(User.username) == name)
    return db.session.scalar(select(User).where(named).order_by((func.lower(User.email) == name).desc().nulls_last()).limit(1))


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


def end_own_sign_in(user_id: int, sign_in_id: int) -> None:
    """End one sign-in of this person's. Raises `NotFound` for somebody else's."""
    sign_in = db.session.get(SignIn, sign_in_id)
    if sign_in is None or sign_in.user_id != user_id:
        raise NotFound("there is no such sign-in of yours")
    end_sign_in(sign_in_id)


def end_all_sign_ins(user_id: int, *, but: int | None = None) -> int:
    """Sign somebody out everywhere, except perhaps here. How many sign-ins that ended."""
    going_on = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    if but is not None:
        going_on = going_on.where(SignIn.id != but)
    ended = db.session.scalars(going_on.values(ended_at=func.clock_timestamp()).returning(SignIn.id))
    return len(ended.all())


def forget_old_sign_ins(limit: int = 5000) -> int:
    """Delete a batch of sign-ins that have long been over. How many there were."""
    old = select(SignIn.id).where(SignIn.expires_at < func.statement_timestamp() - REMEMBERED).limit(limit)
    return len(db.session.scalars(delete(SignIn).where(SignIn.id.in_(old)).returning(SignIn.id)).all())


def is_over(sign_in: SignIn) -> bool:
    return sign_in.ended_at is not None or sign_in.expires_at <= datetime.now(UTC)
