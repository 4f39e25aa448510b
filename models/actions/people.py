"""Who is known to the desk: customers found or made by their address, people made by an administrator."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from models.addresses import typed_address
from models.database import db
from models.errors import Conflict, Invalid
from models.passwords import hash_password
from models.people import Role, User
from models.text import clean_text

MAX_NAME = 200


def customer_for(address: str, name: str) -> User:
    """Whoever has the normalised `address`; a customer is made where nobody has it.

    Two mails of a new sender may be filed at once: the unique index decides, and both get the same person.
    A name learned from a mail fills an empty one and never replaces one.
    """
    name = clean_text(name, MAX_NAME)
    known = select(User).where(func.lower(User.email) == address)
    person = db.session.scalar(known)
    if person is None:
        db.session.execute(
            insert(User)
            .values(username=address, email=address, full_name=name, role=Role.CUSTOMER)
            .on_conflict_do_nothing()
        )
        person = db.session.scalar(known)
    if person is None:  # somebody without an address took the address as a user name
        person = User(username=f"{address} (mail)", email=address, full_name=name, role=Role.CUSTOMER)
        db.session.add(person)
        db.session.flush()
    if name and not person.full_name and person.role == Role.CUSTOMER:
        person.full_name = name
    return person


def create_user(
    username: str, email: str | None, role: str, *, password: str | None = None, full_name: str = ""
) -> User:
    """A new person. Raises `Invalid` or, when the name or the address is taken, `Conflict`."""
    username = " ".join(clean_text(username, MAX_NAME).split())
    if not username:
        raise Invalid("username", "a user name is needed")
    if role not in list(Role):
        raise Invalid("role", f"a role is one of {', '.join(Role)}")
    email = typed_address(email) if email else None
    user = User(
        username=username,
        email=email,
        role=role,
        full_name=clean_text(full_name, MAX_NAME),
        password_hash=hash_password(password) if password is not None else None,
    )
    taken = func.lower(User.username) == username.lower()
    if email:
        taken = taken | (func.lower(User.email) == email)
    if db.session.scalar(select(User.id).where(taken)):
        raise Conflict("this user name or address is taken")
    db.session.add(user)
    db.session.flush()
    return user
