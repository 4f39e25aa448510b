"""People: who can hold a ticket, who is signed in."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from models.database import db
from models.people import STAFF, SignIn, User


def assignable_agents() -> Sequence[User]:
    """Everybody a ticket can be given to, by name."""
    wanted = select(User).where(User.role.in_(STAFF), User.is_active)
    return db.session.scalars(wanted.order_by(User.full_name, User.username)).all()


def user_signed_in(user_id: int, sign_in_id: int) -> User | None:
    """The active user behind a token, if its sign-in goes on: asked on every request."""
    wanted = (
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            User.id == user_id,
            User.is_active,
            SignIn.id == sign_in_id,
            SignIn.ended_at.is_(None),
            SignIn.expires_at > func.clock_timestamp(),
        )
    )
    return db.session.scalar(wanted)


def people_by_id(user_ids: Collection[int | None]) -> dict[int, User]:
    """Whoever has one of these ids."""
    known = {user_id for user_id in user_ids if user_id is not None}
    return {user.id: user for user in db.session.scalars(select(User).where(User.id.in_(known)))} if known else {}


def has_staff() -> bool:
    """Whether anybody works at this desk yet."""
    return db.session.scalar(select(User.id).where(User.role.in_(STAFF)).limit(1)) is not None
