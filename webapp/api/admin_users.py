"""People, for administrators: agents, administrators, customers."""

from flask import current_app
from pydantic import Field, StrictBool

from models.actions.administering import MOST_CAPACITY, Changes, change_user, invite
from models.app import settings_of
from models.database import db
from models.people import Role, User
from models.queries.people import page_of_people, user_of_the_desk
from webapp.api.callers import Scope, Who, caller
from webapp.api.calls import call
from webapp.api.shapes import Moment, PageWanted, Sent, Told


class UserShape(Told):
    id: int
    username: str
    email: str | None
    full_name: str
    role: Role
    is_active: bool
    is_available: bool
    capacity: int
    second_factor_required: bool
    created_at: Moment


class UserPage(Told):
    results: list[UserShape]
    next: str | None
    previous: str | None


class UsersWanted(PageWanted):
    role: Role | None = Field(None, description="only these")
    q: str = Field("", max_length=200, description="in names and addresses")


class NewUser(Sent):
    username: str = Field(min_length=1, max_length=200)
    email: str | None = Field(None, max_length=320)
    role: Role
    full_name: str = Field("", max_length=200)
    password: str | None = Field(None, max_length=1024, description="left out: the person is invited by mail to choose one")
    capacity: int | None = Field(None, ge=0, le=MOST_CAPACITY)


class UserChange(Sent):
    """What is left out, or null, stays as it is."""

    username: str | None = Field(None, min_length=1, max_length=200)
    email: str | None = Field(None, min_length=3, max_length=320)
    full_name: str | None = Field(None, max_length=200)
    role: Role | None = None
    capacity: int | None = Field(None, ge=0, le=MOST_CAPACITY)
    is_active: StrictBool | None = None
    second_factor_required: StrictBool | None = None


@call("GET", "/admin/users/", who=Who.ADMIN, answers={200: UserPage}, scope=Scope.ADMIN_READ)
def users(query: UsersWanted) -> UserPage:
    """Everybody with an account or known by mail, newest first."""
    found = page_of_people([query.role] if query.role else list(Role), query.q, query.cursor, query.page_size)
    return UserPage(results=[shape(user) for user in found.rows], next=found.next, previous=found.previous)


@call("POST", "/admin/users/", who=Who.ADMIN, answers={201: UserShape}, scope=Scope.ADMIN_WRITE, refuses=(409,))
def add_user(body: NewUser) -> UserShape:
    """Make an account. Without a password, its owner is invited by mail."""
    user = invite(
        body.username,
        body.email,
        body.role,
        caller().actor,
        settings_of(current_app).signing_keys,
        full_name=body.full_name,
        password=body.password,
        capacity=body.capacity,
    )
    db.session.commit()
    return shape(user)


@call("GET", "/admin/users/<int:user_id>/", who=Who.ADMIN, answers={200: UserShape}, scope=Scope.ADMIN_READ)
def one_user(user_id: int) -> UserShape:
    """One person."""
    return shape(user_of_the_desk(user_id))


@call("PATCH", "/admin/users/<int:user_id>/", who=Who.ADMIN, answers={200: UserShape}, scope=Scope.ADMIN_WRITE, refuses=(409,))
def edit_user(user_id: int, body: UserChange) -> UserShape:
    """Change role, capacity, names, or switch somebody off, which ends every sign-in and lays the tickets down."""
    user = change_user(user_id, Changes(**body.model_dump()), caller().actor)
    db.session.commit()
    return shape(user)


def shape(user: User) -> UserShape:
    return UserShape.model_validate(user)
