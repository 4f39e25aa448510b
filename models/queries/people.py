"""People: who can hold a ticket, who is signed in."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, Text, bindparam, func, literal_column, or_, select
from sqlalchemy.orm import Bundle

from models.database import db
from models.errors import NotFound
from models.people import STAFF, SignIn, User
from models.queries.counting import Count
from models.queries.keysets import Order, Slice, as_number, slice_of
from models.queries.readers import spelt_out
from models.ticket import ACTIVE, Ticket

NEWEST_FIRST = Order("-id", User.id, User.id, True, as_number)


def named(label: str, who: Any) -> Bundle[Any]:
    """Somebody as others see him: `id`, `username`, `email`, and `name` as `User` says it, in a plain row."""
    shown = func.coalesce(func.nullif(who.full_name, literal_column("''")), who.username).label("name")
    return Bundle(label, who.id, shown, who.username, who.email)


def assignable_agents() -> Sequence[Any]:
    """Everybody a ticket can be given to, by name, each as `named` shows him."""
    return db.session.scalars(agents_by_name()).all()


@cache
def agents_by_name() -> Select[Any]:
    wanted = select(named("agent", User)).where(User.role.in_(STAFF), User.is_active)
    return spelt_out(wanted.order_by(User.full_name, User.username))


def user_signed_in(user_id: int, sign_in_id: int, *, keeps_plans: bool = False) -> User | None:
    """The active user behind a token, if its sign-in goes on: asked on every request, and the first thing it asks.

    With `keeps_plans` Postgres may keep the plans of what the same transaction asks afterwards: for pages that ask nothing
    whose best plan depends on its parameters.
    """
    plans = "auto" if keeps_plans else "force_custom_plan"
    return db.session.scalar(signed_in(), {"user_id": user_id, "sign_in_id": sign_in_id, "plans": plans})


@cache
def signed_in() -> Select[tuple[User, str]]:
    return (
        select(User, func.set_config("plan_cache_mode", bindparam("plans", type_=Text), True))
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            User.id == bindparam("user_id", type_=BigInteger),
            User.is_active,
            SignIn.id == bindparam("sign_in_id", type_=BigInteger),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > func.statement_timestamp(),
        )
    )


def people_by_id(user_ids: Collection[int | None]) -> dict[int, User]:
    """Whoever has one of these ids."""
    known = {user_id for user_id in user_ids if user_id is not None}
    return {user.id: user for user in db.session.scalars(select(User).where(User.id.in_(known)))} if known else {}


def has_staff() -> bool:
    """Whether anybody works at this desk yet."""
    return db.session.scalar(select(User.id).where(User.role.in_(STAFF)).limit(1)) is not None


def sign_ins_of(user_id: int) -> Sequence[SignIn]:
    """Where somebody is signed in now, last seen first."""
    going_on = (SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.expires_at > func.statement_timestamp())
    return db.session.scalars(select(SignIn).where(*going_on).order_by(SignIn.renewed_at.desc(), SignIn.id)).all()


def page_of_people(roles: Collection[str], search: str, cursor: str, size: int) -> Slice:
    """A page of everybody in one of these roles, the newest first; `search` looks into names and addresses."""
    wanted = select(User).where(User.role.in_(roles))
    if search:
        like = f"%{escaped(search.lower())}%"
        columns = (User.username, User.email, User.full_name)
        wanted = wanted.where(or_(*(func.lower(column).like(like, escape="\\") for column in columns)))
    return slice_of(wanted, NEWEST_FIRST, cursor, size)


def escaped(search: str) -> str:
    """`search` as LIKE reads it literally."""
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def active_count(user_id: int) -> int:
    """How many tickets somebody is busy with: what counts against the capacity."""
    return db.session.scalar(load_count(user_id)) or 0


def active_counts(user_ids: Collection[int]) -> dict[int, int]:
    """The same for several at once; nobody is left out."""
    theirs = select(Ticket.assigned_agent_id, func.count()).where(
        Ticket.assigned_agent_id.in_(user_ids), Ticket.status.in_(ACTIVE)
    )
    found = {row[0]: row[1] for row in db.session.execute(theirs.group_by(Ticket.assigned_agent_id))} if user_ids else {}
    return {user_id: found.get(user_id, 0) for user_id in user_ids}


def load_count(user_id: Any) -> Count:
    return select(func.count()).where(Ticket.assigned_agent_id == user_id, Ticket.status.in_(ACTIVE))


def user_of_the_desk(user_id: int) -> User:
    """One account. Raises `NotFound`."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("there is no such person")
    return user
