"""What an administrator does to other people's accounts: inviting, changing, switching off."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from models.actions.audit import note_in_audit, values_of
from models.actions.codes import first_mailbox
from models.actions.mail_queue import queue_mail
from models.actions.people import MAX_NAME, clean_username, create_user, known_role, refuse_taken
from models.actions.second_factors import remove_second_factor
from models.actions.signing_in import end_all_sign_ins
from models.actions.tickets import assign
from models.actor import Actor
from models.addresses import typed_address
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.people import STAFF, Role, User
from models.text import clean_text
from models.ticket import ACTIVE, Ticket

MOST_CAPACITY = 1000
AUDITED = ("username", "email", "full_name", "role", "capacity", "is_active", "second_factor_required")


@dataclass(frozen=True)
class Changes:
    """What is to be different about somebody; None leaves it as it is."""

    username: str | None = None
    email: str | None = None
    full_name: str | None = None
    role: str | None = None
    capacity: int | None = None
    is_active: bool | None = None
    second_factor_required: bool | None = None


def invite(
    username: str,
    email: str | None,
    role: str,
    actor: Actor,
    keys: Sequence[bytes],
    *,
    full_name: str = "",
    password: str | None = None,
    capacity: int | None = None,
) -> User:
    """A new account. Without a password its owner gets a mail that says how to choose one. Raises `Invalid`, `Conflict`."""
    demand_admin(actor)
    if not email and not password:
        raise Invalid("email", "without an address a password is needed, or nobody can sign in")
    user = create_user(username, email, role, password=password, full_name=full_name)
    if capacity is not None:
        user.capacity = clean_capacity(capacity)
    if password is None:
        send_invitation(user, keys)
    db.session.flush()
    note_in_audit(actor, "user.invited", "user", user.id, user.name, after=values_of(user, AUDITED))
    return user


def send_invitation_again(user: User, actor: Actor, keys: Sequence[bytes]) -> None:
    """The invitation once more, for somebody who has not found it."""
    demand_admin(actor)
    send_invitation(user, keys)
    note_in_audit(actor, "user.invited_again", "user", user.id, user.name)


def send_invitation(user: User, keys: Sequence[bytes]) -> None:
    if user.email:
        stamp = db.session.scalar(select(func.clock_timestamp()))
        queue_mail(f"invitation:{user.id}:{stamp}", "invitation", first_mailbox(), user.email, keys, automatic=True)


def change_user(user_id: int, changes: Changes, actor: Actor) -> User:
    """Change somebody's account. Losing the role or the account ends every sign-in and lays the tickets down.

    Raises `NotFound`, `Invalid`, `Conflict` when the desk would be left without an administrator.
    """
    demand_admin(actor)
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound("there is no such person")
    role, active = changes.role or user.role, user.is_active if changes.is_active is None else changes.is_active
    keep_an_admin(user, known_role(role), active)
    before = values_of(user, AUDITED)
    loses_rights = (user.is_active and not active) or (user.is_staff and role not in STAFF)
    apply_names(user, changes)
    user.role, user.is_active = role, active
    if changes.capacity is not None:
        user.capacity = clean_capacity(changes.capacity)
    if changes.second_factor_required is not None:
        user.second_factor_required = changes.second_factor_required
    db.session.flush()
    note_in_audit(actor, "user.changed", "user", user.id, user.name, before=before, after=values_of(user, AUDITED))
    if loses_rights:
        end_all_sign_ins(user.id)
        user.is_available = False
        lay_down_tickets(user.id, actor)
    return user


def apply_names(user: User, changes: Changes) -> None:
    email = typed_address(changes.email) if changes.email else user.email
    username = user.username if changes.username is None else clean_username(changes.username, email)
    if (username, email) != (user.username, user.email):
        refuse_taken(username, email, but=user.id)
    if email != user.email:
        user.email_verified_at = None
    user.username, user.email = username, email
    if changes.full_name is not None:
        user.full_name = " ".join(clean_text(changes.full_name, MAX_NAME).split())


def keep_an_admin(user: User, role: str, active: bool) -> None:
    """Raises `Conflict` when nobody could administer the desk any more. Held against two who do it at once."""
    if user.role != Role.ADMIN or (role == Role.ADMIN and active):
        return
    admins = select(User.id).where(User.role == Role.ADMIN, User.is_active).order_by(User.id).with_for_update()
    if set(db.session.scalars(admins)) <= {user.id}:
        raise Conflict("this is the last administrator: make another one first")


def lay_down_tickets(user_id: int, actor: Actor) -> None:
    """What somebody was busy with is nobody's again, so that it does not wait for one who has left."""
    busy_with = select(Ticket.id).where(Ticket.assigned_agent_id == user_id, Ticket.status.in_(ACTIVE)).order_by(Ticket.id)
    for ticket_id in db.session.scalars(busy_with).all():
        assign(ticket_id, None, actor)


def reset_second_factor(user_id: int, actor: Actor) -> None:
    """For somebody who has lost app and recovery codes; every sign-in ends with it. Raises `NotFound`."""
    demand_admin(actor)
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("there is no such person")
    remove_second_factor(user.id)
    end_all_sign_ins(user.id)
    note_in_audit(actor, "user.second_factor_reset", "user", user.id, user.name)


def clean_capacity(capacity: int) -> int:
    if not 0 <= capacity <= MOST_CAPACITY:
        raise Invalid("capacity", f"a capacity is a number from 0 to {MOST_CAPACITY}")
    return capacity


def demand_admin(actor: Actor) -> None:
    if actor.role != Role.ADMIN:
        raise Forbidden("this is for administrators")
