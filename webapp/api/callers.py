"""Who makes a call of the API, and whether he may."""

from dataclasses import dataclass
from enum import StrEnum

from flask import current_app, g, request

from models.actions.api_tokens import PREFIX, whose_token
from models.actor import Actor, actor_of
from models.api_token import Scope
from models.app import settings_of
from models.database import db
from models.errors import Forbidden
from models.people import Role, User
from models.settings import AgentVisibility
from webapp.auth import NotSignedIn, require_sign_in


class Who(StrEnum):
    """Whom a call is for."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    TEAM = "agents and administrators"
    ADMIN = "administrators"


@dataclass(frozen=True)
class Caller:
    """Somebody who is known to us. `scopes` are those of his API token, None where he signed in himself."""

    user: User
    scopes: frozenset[str] | None = None

    @property
    def actor(self) -> Actor:
        return actor_of(self.user, request.remote_addr or "")


def admit(who: Who, scope: Scope | None) -> None:
    """Find out who calls. Raises `NotSignedIn`, or `Forbidden` where the call is not for him."""
    if who == Who.ANYONE:
        return
    g.caller = caller_of_request()
    if caller().scopes is not None and (scope is None or scope not in caller().scopes):
        needed = f"it needs the scope {scope}" if scope else "this call takes a person who has signed in"
        raise Forbidden(f"this API token may not do that: {needed}")
    if who == Who.TEAM and not caller().user.is_staff:
        raise Forbidden("this is for the team")
    if who == Who.ADMIN and caller().user.role != Role.ADMIN:
        raise Forbidden("this is for administrators")


def caller_of_request() -> Caller:
    """Whoever the request shows: an API token in the Authorization header, else what `require_sign_in` takes."""
    secret = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not secret.startswith(PREFIX):
        return Caller(require_sign_in())
    found = whose_token(secret)
    if found is None:
        raise NotSignedIn("this API token is unknown, has ended, or was revoked")
    db.session.commit()  # that the token was used
    return Caller(*found)


def caller() -> Caller:
    """Whoever makes this call; only in a view that is not for anyone."""
    found: Caller = g.caller
    return found


def visibility() -> AgentVisibility:
    """What agents of this desk may see."""
    return settings_of(current_app).agent_visibility
