"""What somebody does to his own account: his name, his password, his address, his sign-ins."""

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from models.actions.codes import first_mailbox, spend_token
from models.actions.mail_queue import queue_mail
from models.actions.registering import HAS_ACCOUNT, has_account, set_password, user_at
from models.addresses import typed_address
from models.database import db
from models.errors import Conflict, Invalid
from models.message import Message
from models.passwords import matches
from models.people import User
from models.text import clean_text
from models.ticket import Participant, Ticket

MAX_NAME = 200


def rename(user: User, full_name: str) -> None:
    """The name that others see. Raises `Invalid` for none."""
    full_name = " ".join(clean_text(full_name, MAX_NAME).split())
    if not full_name:
        raise Invalid("full_name", "a name is needed: it stands beside what you write")
    user.full_name = full_name


def demand_password(user: User, password: str) -> None:
    """A stolen sign-in alone must not change how one signs in. Raises `Invalid`; who has no password has nothing to show."""
    if user.password_hash and not matches(user.password_hash, password):
        raise Invalid("password", "this is not your password")


def change_password(user: User, new: str, sign_in_id: int, keys: tuple[bytes, ...]) -> None:
    """A new password; every other sign-in ends, and the owner hears of it by mail. Raises `Invalid`."""
    set_password(user, new, but_here=sign_in_id)
    tell_of_new_password(user, keys)


def tell_of_new_password(user: User, keys: tuple[bytes, ...]) -> None:
    if user.email:
        stamp = db.session.scalar(select(func.clock_timestamp()))
        queue_mail(
            f"password:{user.id}:{stamp}", "password_changed", first_mailbox(), user.email, keys, automatic=True
        )


def change_address(user: User, email: str, verification_token: str) -> None:
    """A new address, proven by a code; what was written from there by mail alone becomes this person's.

    Raises `Invalid`, or `Conflict` when the address has an account.
    """
    address = typed_address(email)
    spend_token(address, verification_token)
    other = user_at(address)
    if other is not None and other.id != user.id:
        if has_account(other) or not other.is_active:
            raise Conflict(HAS_ACCOUNT)
        take_over(other, user)
    if user.username.lower() == (user.email or "").lower():
        user.username = address
    user.email = address
    user.email_verified_at = func.clock_timestamp()
    try:
        db.session.flush()
    except IntegrityError:
        raise Conflict("this address is taken") from None


def take_over(mail_only: User, user: User) -> None:
    """Everything of somebody known by mail alone becomes `user`'s; nobody is left behind at the address."""
    for owned in (Ticket.customer_id, Participant.user_id, Message.author_id):
        db.session.execute(update(owned.class_).where(owned == mail_only.id).values({owned.key: user.id}))
    mail_only.email = None
    mail_only.username = f"former {mail_only.id}"
    mail_only.is_active = False
    db.session.flush()
