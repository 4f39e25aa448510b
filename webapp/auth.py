"""Who is asking: access tokens in cookies or in the `Authorization` header, each backed by a sign-in in Postgres.

A cookie alone never changes anything: whatever is not a GET needs the double-submit CSRF token, as the header
`X-CSRF-TOKEN` or the form field `csrf_token`, and must not come from another site. A token dies with its
sign-in, which is looked up on every request.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

import jwt as pyjwt
from flask import Flask, Response, current_app, redirect, request, url_for
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
    get_current_user,
    set_access_cookies,
    set_refresh_cookies,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from werkzeug.wrappers import Response as WerkzeugResponse

from models.actions.second_factors import must_set_up
from models.app import settings_of
from models.errors import DeskError, Forbidden
from models.keys import derived_key, key_id
from models.people import Role, SignIn, User
from models.queries.people import user_signed_in
from webapp.languages import read_by

ACCESS = timedelta(minutes=15)
# What somebody may do who still has to set up a second factor: that, and leave.
BEFORE_IT_IS_SET_UP = frozenset({"account.second_factor", "account.begin_factor", "account.confirm_factor", "sign_in.sign_out"})
RENEWAL_PATH = "/session/"
# Read all day long, by statements whose plan is the same for every ticket and every reader.
KEEPS_PLANS = frozenset({"inbox.view", "inbox.ticket", "inbox.live", "inbox.thread"})

P = ParamSpec("P")
R = TypeVar("R")


class NotSignedIn(DeskError):
    """Nobody is signed in, or no longer."""


class SecondFactorNeeded(NotSignedIn):
    """The password was right, and a code of the authenticator is still wanted."""


class SecondFactorMissing(Forbidden):
    """An administrator asks this person to set up a second factor first."""


class MissingToken(Forbidden):
    """A change was asked for without the page's CSRF token."""


def init_app(app: Flask) -> None:
    settings = settings_of(app)
    over_tls = settings.base_url.startswith("https:")
    prefix = "__Host-" if over_tls else ""
    keys = {key_id(secret): derived_key(secret, "jwt") for secret in settings.signing_keys}
    signing_id = key_id(settings.signing_keys[0])
    app.config.update(
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ALGORITHM="HS256",
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS,
        JWT_SESSION_COOKIE=False,
        JWT_COOKIE_SECURE=over_tls,
        JWT_COOKIE_SAMESITE="Lax",
        JWT_ACCESS_COOKIE_NAME=f"{prefix}postroom_access",
        JWT_REFRESH_COOKIE_NAME="postroom_refresh",
        JWT_REFRESH_COOKIE_PATH=RENEWAL_PATH,
        JWT_ACCESS_CSRF_COOKIE_NAME="postroom_csrf",
        JWT_REFRESH_CSRF_COOKIE_NAME="postroom_renewal_csrf",
        JWT_REFRESH_CSRF_COOKIE_PATH=RENEWAL_PATH,
        JWT_CSRF_CHECK_FORM=True,
        JWT_DECODE_LEEWAY=60,
    )
    tokens = JWTManager(app)
    tokens.encode_key_loader(lambda _identity: keys[signing_id])
    tokens.additional_headers_loader(lambda _identity: {"kid": signing_id})
    tokens.decode_key_loader(lambda head, _claims: keys.get(head.get("kid"), ""))
    tokens.user_lookup_loader(lambda _head, claims: who_is_signed_in(int(claims["sub"]), int(claims["sid"])))
    app.before_request(refuse_foreign_changes)
    app.jinja_env.globals["csrf_token"] = csrf_token


def who_is_signed_in(user_id: int, sign_in_id: int) -> User | None:
    return user_signed_in(user_id, sign_in_id, keeps_plans=request.endpoint in KEEPS_PLANS)


def current_user() -> User:
    """The signed-in person of this request; only inside a view that requires one."""
    return cast(User, get_current_user())


def require_sign_in() -> User:
    """The signed-in person. Raises `NotSignedIn`, or `MissingToken` for a change without its CSRF token."""
    try:
        verify_jwt_in_request()
    except CSRFError:
        raise MissingToken("this form has lost its security token: load the page again, then send again") from None
    except (JWTExtendedException, pyjwt.PyJWTError, ValueError, KeyError):
        raise NotSignedIn("sign in first") from None
    user = current_user()
    read_by(user)
    if must_set_up(user) and request.endpoint not in BEFORE_IT_IS_SET_UP:
        raise SecondFactorMissing("your administrator asks for a second factor: set it up on your account page first")
    return user


def require_staff() -> User:
    """A signed-in agent or administrator. Raises `Forbidden` for customers."""
    user = require_sign_in()
    if not user.is_staff:
        raise Forbidden("this page is for the team")
    return user


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """A view for anybody who is signed in."""
    return guarded(view, require_sign_in)


def for_staff(view: Callable[P, R]) -> Callable[P, R]:
    """A view for agents and administrators."""
    return guarded(view, require_staff)


def require_admin() -> User:
    """A signed-in administrator. Raises `Forbidden` for everybody else."""
    user = require_sign_in()
    if user.role != Role.ADMIN:
        raise Forbidden("this page is for administrators")
    return user


def for_admins(view: Callable[P, R]) -> Callable[P, R]:
    """A view for administrators alone."""
    return guarded(view, require_admin)


def guarded(view: Callable[P, R], guard: Callable[[], User]) -> Callable[P, R]:
    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        guard()
        return view(*args, **kwargs)

    return checked


def hand_tokens(response: Response | WerkzeugResponse, user: User, sign_in: SignIn) -> None:
    """Set the cookies of a new or renewed sign-in."""
    access, refresh = tokens_for(user, sign_in)
    left = max(1, int((sign_in.expires_at - sign_in.renewed_at).total_seconds()))
    set_access_cookies(cast(Response, response), access, max_age=int(ACCESS.total_seconds()))
    set_refresh_cookies(cast(Response, response), refresh, max_age=left)


def tokens_for(user: User, sign_in: SignIn) -> tuple[str, str]:
    """Access and refresh token of a sign-in."""
    identity, claims = str(user.id), {"sid": sign_in.id}
    access = create_access_token(identity, additional_claims=claims)
    refresh = create_refresh_token(
        identity,
        additional_claims={**claims, "rid": sign_in.current_refresh},
        expires_delta=sign_in.expires_at - sign_in.renewed_at,
    )
    return access, refresh


def refresh_claims(token: str) -> tuple[int, str]:
    """Sign-in and refresh id of a refresh token. Raises `NotSignedIn` for anything else, an access token among it."""
    try:
        claims = decode_token(token)
        if claims["type"] != "refresh":
            raise ValueError("an access token is no refresh token")
        return int(claims["sid"]), str(claims["rid"])
    except (JWTExtendedException, pyjwt.PyJWTError, ValueError, KeyError, TypeError):
        raise NotSignedIn("this refresh token is not valid: sign in again") from None


def csrf_token() -> str:
    """The value a form sends back in its `csrf_token` field; '' when nobody is signed in."""
    return request.cookies.get(current_app.config["JWT_ACCESS_CSRF_COOKIE_NAME"], "")


def refuse_foreign_changes() -> None:
    """Another site may link to us, but not make a browser change anything here (also not sign it in)."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    origin = request.headers.get("Origin")
    if origin is not None and not is_our_origin(origin):
        raise Forbidden("this change was asked for by another site, so it was not made")


def is_our_origin(origin: str) -> bool:
    """Whether a browser page of this desk sends this `Origin`: that of `BASE_URL`, or of the host it asked."""
    host = urlsplit(request.host_url)
    return origin in (settings_of(current_app).origin, f"{host.scheme}://{host.netloc}")


def where_to_sign_in() -> WerkzeugResponse:
    """Where a page without a valid access token goes: silently renewed if it can be, else to the sign-in."""
    back = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("sign_in.renew", next=back), 303)


def local_path(target: str | None) -> str:
    """`target` if it is a path on this desk, else the start page: no link may send a person elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc else target


