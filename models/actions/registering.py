"""Accounts of one's own: signing up, and setting a password with a code. A role is never part of it."""

from datetime import timedelta

from sqlalchemy import func, select

from models.actions.codes import spend_token
from models.actions.guesses import Limit, count, network_of, refuse_above
from models.actions.people import clean_username, refuse_taken
from models.actions.signing_in import end_all_sign_ins
from models.addresses import typed_address
from models.database import db
from models.errors import Conflict
from models.passwords import hash_password
from models.people import Role, User
from models.text import clean_text

MAX_NAME = 200

FROM_A_NETWORK = Limit(
    "sign-up", 20, timedelta(hours=1), "too many accounts were made from your network: wait an hour"
)

HAS_ACCOUNT = "there is an account for this address already: sign in, or set a new password"


def register(
    username: str,
    password: str,
    *,
    email: str | None = None,
    verification_token: str | None = None,
    full_name: str = "",
    came_from: str = "",
) -> User:
    """A customer's account; with an address, the person who wrote from there, with all of that person's tickets.

    Raises `Invalid`, `Conflict` for a name or an address that has an account, `TooMany`.
    """
    network = network_of(came_from)
    refuse_above((FROM_A_NETWORK, network))
    address = typed_address(email) if email else None
    if address is not None:
        spend_token(address, verification_token or "")
    username = clean_username(username, address)
    user = customer_to_be(address)
    refuse_taken(username, None, but=user.id)
    user.username = username
    user.password_hash = hash_password(password)
    user.full_name = clean_text(full_name, MAX_NAME).strip() or user.full_name or ""
    if address is not None:
        user.email_verified_at = func.clock_timestamp()
    db.session.add(user)
    count(("sign-up", network))
    db.session.flush()
    return user


def customer_to_be(address: str | None) -> User:
    """Whoever has written from this address and has no account yet, else somebody new. Raises `Conflict`."""
    known = None if address is None else user_at(address)
    if known is None:
        return User(email=address, role=Role.CUSTOMER)
    if has_account(known):
        raise Conflict(HAS_ACCOUNT)
    if not known.is_active:
        raise Conflict("this address has been switched off: write to us")
    return known


def set_password_by_code(email: str, verification_token: str, password: str) -> User:
    """A new password for whoever has the verified address; signs out everywhere. Raises `Invalid`, `Conflict`."""
    address = typed_address(email)
    spend_token(address, verification_token)
    user = user_at(address)
    if user is None or not user.is_active:
        raise Conflict("there is no account for this address: sign up")
    set_password(user, password)
    user.email_verified_at = user.email_verified_at or func.clock_timestamp()
    return user


def set_password(user: User, password: str, *, but_here: int | None = None) -> None:
    """A new password ends every sign-in, except perhaps the one it was set in. Raises `Invalid`."""
    user.password_hash = hash_password(password)
    end_all_sign_ins(user.id, but=but_here)


def user_at(address: str) -> User | None:
    """Whoever has this address, locked: two may come with the same token's page at once."""
    return db.session.scalar(select(User).where(func.lower(User.email) == address).with_for_update())


def has_account(user: User) -> bool:
    """Whether somebody can sign in as this person already; who is known by mail alone has nothing to lose."""
    return bool(user.password_hash or user.google_subject or user.is_staff)
