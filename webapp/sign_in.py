"""Signing in and out with a user name and a password, with a second factor, with Google; and staying signed in."""

import secrets

import jwt as pyjwt
from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_jwt_extended import get_jwt, unset_jwt_cookies, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from werkzeug.wrappers import Response

from models.actions.google_accounts import link_google, user_for_google
from models.actions.signing_in import WRONG, check_password, end_sign_in, renew_sign_in
from models.app import settings_of
from models.database import db
from models.errors import DeskError, Invalid, NotFound, TooMany
from models.people import User
from models.queries.people import user_signed_in
from webapp.auth import NotSignedIn, SecondFactorNeeded, current_user, hand_tokens, local_path, require_sign_in, signed_in
from webapp.entering import challenge_for, enter, person_challenged
from webapp.errors import status_of
from webapp.google import identity_of, where_google_signs_in

pages = Blueprint("sign_in", __name__)

MAX_FORM = 16 * 1024  # octets; whoever sends more is not known to us yet
NONCE = "postroom_google"
NONCE_SECONDS = 600


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/signin")
def form() -> str:
    return show_form()


@pages.post("/signin")
def sign_in() -> ResponseReturnValue:
    request.max_content_length = MAX_FORM
    username, password = request.form.get("username", ""), request.form.get("password", "")
    try:
        user = check_password(username, password, request.remote_addr or "")
    except TooMany as too_many:
        return show_form(error=too_many.detail, username=username), 429
    db.session.commit()
    if user is None:
        return show_form(error=WRONG, username=username), 401
    return arrive(user)


@pages.post("/signin/code")
def second_step() -> ResponseReturnValue:
    """The code of the authenticator, from somebody whose password was right a moment ago."""
    request.max_content_length = MAX_FORM
    challenge = request.form.get("challenge", "")
    user = person_challenged(challenge)
    if user is None:
        return show_form(error=_("this took too long: sign in again")), 401
    try:
        return arrive(user, request.form.get("code", ""))
    except (NotSignedIn, TooMany) as refusal:
        return show_second_step(challenge, refusal.detail), status_of(refusal)


def arrive(user: User, code: str = "") -> ResponseReturnValue:
    """Let somebody in who has shown the first factor, or ask for the second. Raises `NotSignedIn`, `TooMany`."""
    try:
        signed = enter(user, code)
    except SecondFactorNeeded as needed:
        return show_second_step(challenge_for(user), "" if not code else needed.detail)
    answer = redirect(local_path(request.form.get("next")), 303)
    hand_tokens(answer, user, signed)
    return answer


@pages.get("/session/renew")
def renew() -> Response:
    """Trade the refresh cookie for new ones and go on to where the browser wanted to be."""
    onward = local_path(request.args.get("next"))
    try:
        verify_jwt_in_request(refresh=True, locations=["cookies"])
        claims = get_jwt()
        signed = renew_sign_in(int(claims["sid"]), str(claims["rid"]))
    except (JWTExtendedException, pyjwt.PyJWTError, DeskError, ValueError, KeyError) as over:
        if isinstance(over, Invalid):
            db.session.commit()  # a stolen token has just ended its sign-in: that must stay
        return redirect(url_for("sign_in.form", next=onward if onward != "/" else None), 303)
    user = user_signed_in(signed.user_id, signed.id)
    db.session.commit()
    if user is None:
        return redirect(url_for("sign_in.form", next=onward), 303)
    answer = redirect(onward, 303)
    hand_tokens(answer, user, signed)
    return answer


@pages.post("/signout")
@signed_in
def sign_out() -> Response:
    end_sign_in(int(get_jwt()["sid"]))
    db.session.commit()
    answer = redirect(url_for("sign_in.form"), 303)
    unset_jwt_cookies(answer)
    return answer


# Google: off to its page, back with a token behind the `#`, which a script of ours hands in as a form.


@pages.get("/signin/google/begin")
def to_google() -> Response:
    return off_to_google("enter")


@pages.get("/account/google/begin")
@signed_in
def to_google_to_link() -> Response:
    return off_to_google("link")


def off_to_google(purpose: str) -> Response:
    """`purpose` comes back in a cookie: what a token is for is decided here, not by whoever sends it."""
    settings = settings_of(current_app)
    if settings.google_client_id is None:
        raise NotFound("this desk does not offer signing in with Google")
    nonce = secrets.token_urlsafe(24)
    answer = redirect(where_google_signs_in(settings, nonce, f"{settings.base_url}{url_for('sign_in.from_google')}"))
    over_tls = settings.base_url.startswith("https:")
    answer.set_cookie(NONCE, f"{purpose}.{nonce}", max_age=NONCE_SECONDS, httponly=True, secure=over_tls, samesite="Lax")
    return answer


@pages.get("/signin/google/")
def from_google() -> str:
    return render_template("pages/google_return.html")


@pages.post("/signin/google/")
def google_token() -> ResponseReturnValue:
    request.max_content_length = MAX_FORM * 2
    purpose, _, nonce = request.cookies.get(NONCE, "").partition(".")
    try:
        found = identity_of(request.form.get("credential", ""), nonce or secrets.token_urlsafe(24))
        if purpose == "link":
            require_sign_in()
            link_google(current_user(), found)
            answer: ResponseReturnValue = redirect(url_for("account.page"), 303)
        else:
            user = user_for_google(found)
            db.session.commit()
            answer = arrive(user)
    except DeskError as refusal:
        db.session.rollback()
        return show_form(error=refusal.detail), status_of(refusal)
    db.session.commit()
    response = current_app.make_response(answer)
    response.delete_cookie(NONCE)
    return response


def show_form(error: str = "", username: str = "") -> str:
    onward = local_path(request.values.get("next"))
    return render_template("pages/signin.html", error=error, username=username, next=onward)


def show_second_step(challenge: str, error: str = "") -> str:
    onward = local_path(request.form.get("next"))
    return render_template("pages/signin_code.html", challenge=challenge, error=error, next=onward)
