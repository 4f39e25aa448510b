"""The caller: who he is, whether he is at work, where he is signed in."""

from flask_jwt_extended import get_jwt
from pydantic import Field, StrictBool

from models.actions.administering import MOST_CAPACITY
from models.actions.assignment import set_availability
from models.actions.own_account import rename
from models.actions.signing_in import end_own_sign_in
from models.database import db
from models.people import User
from models.queries.people import active_count, sign_ins_of
from webapp.api.callers import Scope, Who, caller
from webapp.api.calls import call
from webapp.api.shapes import Moment, Sent, Told


class Me(Told):
    id: int
    username: str
    email: str | None
    full_name: str
    role: str
    is_available: bool
    capacity: int
    active_count: int


class Availability(Told):
    is_available: bool
    capacity: int


class AvailabilityWanted(Sent):
    """`capacity` left out, or null, stays as it is."""

    is_available: StrictBool
    capacity: int | None = Field(None, ge=0, le=MOST_CAPACITY)


class NameWanted(Sent):
    full_name: str = Field(min_length=1, max_length=200)


class SignedIn(Told):
    id: int
    browser: str
    address: str
    created_at: Moment
    last_seen_at: Moment
    is_this_one: bool


class SignedInList(Told):
    results: list[SignedIn]


@call("GET", "/me/", answers={200: Me}, scope=Scope.TICKETS_READ)
def me() -> Me:
    """Who the caller is."""
    return me_shape(caller().user)


@call("PATCH", "/me/", answers={200: Me})
def change_me(body: NameWanted) -> Me:
    """Change the name that others see."""
    rename(caller().user, body.full_name)
    db.session.commit()
    return me_shape(caller().user)


@call("GET", "/me/availability/", who=Who.TEAM, answers={200: Availability}, scope=Scope.TICKETS_READ)
def availability() -> Availability:
    """Whether the caller takes new tickets, and how many at once."""
    return Availability.model_validate(caller().user)


@call("PUT", "/me/availability/", who=Who.TEAM, answers={200: Availability}, scope=Scope.TICKETS_WRITE)
def change_availability(body: AvailabilityWanted) -> Availability:
    """Go online or away. Going online picks up tickets that wait for somebody."""
    user = set_availability(caller().user.id, body.is_available, body.capacity, caller().actor)
    db.session.commit()
    return Availability.model_validate(user)


@call("GET", "/me/sign-ins/", answers={200: SignedInList})
def my_sign_ins() -> SignedInList:
    """Where the caller is signed in."""
    here = int(get_jwt()["sid"])
    return SignedInList(
        results=[
            SignedIn(
                id=each.id,
                browser=each.browser,
                address=each.address,
                created_at=each.created_at,
                last_seen_at=each.renewed_at,
                is_this_one=each.id == here,
            )
            for each in sign_ins_of(caller().user.id)
        ]
    )


@call("DELETE", "/me/sign-ins/<int:sign_in_id>/", answers={204: None})
def end_my_sign_in(sign_in_id: int) -> tuple[None, int]:
    """End one of the caller's sign-ins."""
    end_own_sign_in(caller().user.id, sign_in_id)
    db.session.commit()
    return None, 204


def me_shape(user: User) -> Me:
    return Me(
        id=user.id,
        username=user.username,
        email=user.email,
        full_name=user.full_name,
        role=user.role,
        is_available=user.is_available,
        capacity=user.capacity,
        active_count=active_count(user.id) if user.is_staff else 0,
    )
