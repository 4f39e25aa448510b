"""Whom a proven Google identity stands for. The key is Google's `sub`; an address never is (H-131)."""

from dataclasses import dataclass

from sqlalchemy import func, select

from models.actions.people import refuse_taken
from models.actions.registering import HAS_ACCOUNT, has_account, user_at
from models.addresses import typed_address
from models.database import db
from models.errors import Conflict, Forbidden
from models.people import Role, User
from models.text import clean_text


@dataclass(frozen=True)
class GoogleIdentity:
    """What Google vouches for. `email` is '' unless Google itself runs that mailbox and has verified it."""

    subject: str
    email: str
    name: str


def user_for_google(identity: GoogleIdentity) -> User:
    """The account behind a Google identity, made where there is none. Raises `Forbidden`, `Conflict`.

    A known `sub` is that account, whatever its address is now. A new one takes over the address only of somebody
    known by mail alone, who has nothing to lose. Whoever can sign in already has to link Google from there: else
    the owner of an address today would enter what its owner of yesterday built.
    """
    known = db.session.scalar(select(User).where(User.google_subject == identity.subject))
    if known is not None:
        if not known.is_active:
            raise Forbidden("this account is switched off")
        return known
    if not identity.email:
        raise Forbidden("Google does not vouch for your address: sign up with a code by mail")
    address = typed_address(identity.email)
    user = user_at(address)
    if user is None:
        refuse_taken(address, address)
        user = User(username=address, email=address, role=Role.CUSTOMER, full_name="")
        db.session.add(user)
    elif has_account(user) or not user.is_active:
        raise Conflict(HAS_ACCOUNT)
    user.google_subject = identity.subject
    user.email_verified_at = func.clock_timestamp()
    user.full_name = user.full_name or clean_text(identity.name, 200)
    db.session.flush()
    return user


def link_google(user: User, identity: GoogleIdentity) -> None:
    """Let this Google identity sign in as `user`, who is signed in and asks for it. Raises `Conflict`."""
    other = select(User.id).where(User.google_subject == identity.subject, User.id != user.id)
    if db.session.scalar(other) is not None:
        raise Conflict("this Google account belongs to somebody else here")
    user.google_subject = identity.subject


def unlink_google(user: User) -> None:
    """Raises `Conflict` where nothing else would let this person in."""
    if not user.password_hash:
        raise Conflict("set a password first, or you could not sign in any more")
    user.google_subject = None
