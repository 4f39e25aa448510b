"""Signing in and out with a user name and a password, and staying signed in."""

import jwt as pyjwt
from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask_jwt_extended import get_jwt, unset_jwt_cookies, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from werkzeug.wrappers import Response

from models.actions.signing_in import WRONG, check_password, end_sign_in, renew_sign_in, start_sign_in
from models.database import db
from models.errors import DeskError, Invalid, TooMany
from models.queries.people import user_signed_in
from webapp.auth import hand_tokens, local_path, signed_in

pages = Blueprint("sign_in", __name__)

MAX_FORM = 16 * 1024  # octets; whoever sends more is not known to us yet


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/signin")
def form() -> str:
    return show_form()


@pages.post("/signin")
def sign_in() -> tuple[str, int] | Response:
    request.max_content_length = MAX_FORM
    username, password = request.form.get("username", ""), request.form.get("password", "")
    try:
        user = check_password(username, password, request.remote_addr or "")
    except TooMany as too_many:
        return show_form(error=too_many.detail, username=username), 429
    db.session.commit()
    if user is None:
        return show_form(error=WRONG, username=username), 401
    signed = start_sign_in(user, browser=request.user_agent.string, address=request.remote_addr or "")
    db.session.commit()
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


def show_form(error: str = "", username: str = "") -> str:
    onward = local_path(request.values.get("next"))
    return render_template("pages/signin.html", error=error, username=username, next=onward)
