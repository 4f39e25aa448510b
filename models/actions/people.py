"""Who is known to the desk: customers found or made by their address, people made by an administrator."""

from collections.abc import Collection, Mapping

from sqlalchemy import Text, any_, cast, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from models.addresses import typed_address
from models.database import db
from models.errors import Conflict, Invalid
from models.passwords import hash_password
from models.people import Role, User
from models.text import clean_text

MAX_NAME = 200


def customer_for(address: str, name: str) -> User:
    """Whoever has the normalised `address`; a customer is made where nobody has it. See `customers_for`."""
    return customers_for({address: name})[address]


def customers_for(names: Mapping[str, str]) -> dict[str, User]:
    """Whoever has each of the normalised addresses, with the name shown beside it; customers are made where nobody has one.

    Two mails of a new sender may be filed at once: the unique index decides, and both get the same person.
    A name learned from a mail fills an empty one and never replaces one.
    """
    if not names:
        return {}
    names = {address: clean_text(name, MAX_NAME) for address, name in sorted(names.items())}
    people = people_at(names)
    strangers = [address for address in names if address not in people]
    if strangers:
        made = [{"username": each, "email": each, "full_name": names[each], "role": Role.CUSTOMER} for each in strangers]
        db.session.execute(insert(User).on_conflict_do_nothing(), made)
        people |= people_at(strangers)
    for address, name in names.items():
        if address not in people:  # somebody without an address took the address as a user name
            people[address] = User(username=f"{address} (mail)", email=address, full_name=name, role=Role.CUSTOMER)
            db.session.add(people[address])
            db.session.flush()
        person = people[address]
        if name and not person.full_name and person.role == Role.CUSTOMER:
            person.full_name = name
    return people


def people_at(addresses: Collection[str]) -> dict[str, User]:
    """Those who have these normalised addresses."""
    address = func.lower(User.email)
    wanted = select(address, User).where(address == any_(cast(list(addresses), ARRAY(Text))))
    return {found: person for found, person in db.session.execute(wanted)}


def customer_without_address(username: str, name: str) -> User:
    """A customer of whom another helpdesk knew no address: found again by `username`, and nobody can sign in as him.

    Raises `Conflict` when somebody else has the name.
    """
    username = clean_text(username, MAX_NAME).replace("@", " at ")
    made = insert(User).values(username=username, full_name=clean_text(name, MAX_NAME), role=Role.CUSTOMER)
    db.session.execute(made.on_conflict_do_nothing())
    is_nobody_else = (User.email.is_(None), User.password_hash.is_(None), User.role == Role.CUSTOMER)
    person = db.session.scalar(select(User).where(func.lower(User.username) == func.lower(username), *is_nobody_else))
    if person is None:
        raise Conflict("somebody else has this user name")
    return person


def create_user(
    username: str, email: str | None, role: str, *, password: str | None = None, full_name: str = ""
) -> User:
    """A new person. Raises `Invalid` or, when the name or the address is taken, `Conflict`."""
    email = typed_address(email) if email else None
    username = clean_username(username, email)
    user = User(
        username=username,
        email=email,
        role=known_role(role),
        full_name=clean_text(full_name, MAX_NAME),
        password_hash=hash_password(password) if password is not None else None,
    )
    refuse_taken(username, email)
    db.session.add(user)
    db.session.flush()
    return user


def clean_username(username: str, email: str | None) -> str:
    """The user name in one line. Only one's own address may look like one: it is what others sign in with.

    Raises `Invalid`.
    """
    username = " ".join(clean_text(username, MAX_NAME).split())
    if not username:
        raise Invalid("username", "a user name is needed")
    if "@" in username and username.lower() != email:
        raise Invalid("username", "a user name has no @, unless it is your own address")
    return username


def known_role(role: str) -> str:
    if role not in list(Role):
        raise Invalid("role", f"a role is one of {', '.join(Role)}")
    return role


def refuse_taken(username: str | None, email: str | None, *, but: int | None = None) -> None:
    """Raises `Conflict` when somebody else has this name or this address, as name or as address."""
    named = func.lower(User.username)
    addressed = func.lower(User.email)
    taken = [named == username.lower(), addressed == username.lower()] if username else []
    taken += [addressed == email, named == email] if email else []
    other = User.id.is_distinct_from(but)
    if taken and db.session.scalar(select(User.id).where(or_(*taken), other).limit(1)):
        raise Conflict("this user name or address is taken")


def has_the_desk_open(user_id: int) -> None:
    """Note that the desk stands open in a browser of his now: he needs no mail about what he sees. To the half minute."""
    lately = User.seen_at > func.statement_timestamp() - text("interval '30 seconds'")
    seen = update(User).where(User.id == user_id, lately.is_not(True)).values(seen_at=func.clock_timestamp())
    db.session.execute(seen, execution_options={"synchronize_session": False})
