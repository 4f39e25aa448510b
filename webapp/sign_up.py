"""Signing up, and setting a forgotten password: both with a code by mail, typed into the browser that asked for it."""

import secrets
from collections.abc import Callable

from flask import Blueprint, Flask, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from models.actions.codes import WRONG, request_code, verify_code
from models.actions.own_account import tell_of_new_password
from models.actions.registering import register, set_password_by_code
from models.app import settings_of
from models.database import db
from models.errors import DeskError, Invalid
from models.passwords import MIN_LENGTH, refuse_unfit
from models.people import User
from webapp.errors import status_of
from webapp.sign_in import MAX_FORM, arrive

pages = Blueprint("sign_up", __name__)

BROWSER = "postroom_browser"
BROWSER_SECONDS = 3600
SECRET_OCTETS = 32

# What each of the two ways says and does: the words of its pages.
WAYS = {
    "signup": (_l("Create your account"), _l("See all your requests in one place, those you sent by mail among them.")),
    "password": (_l("Set a password"), _l("For a new account, or when you have forgotten yours.")),
}


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/signup/")
@pages.get("/password/")
def ask() -> str:
    return show_ask()


@pages.post("/signup/")
@pages.post("/password/")
def send_code() -> ResponseReturnValue:
    """Mail a code. The next page is the same for every address."""
    request.max_content_length = MAX_FORM
    email, browser = request.form.get("email", "").strip(), browser_secret()
    try:
        request_code(email, settings_of(current_app).signing_keys, browser=browser, came_from=came_from())
    except DeskError as refusal:
        db.session.rollback()
        return show_ask(refusal.detail, email), status_of(refusal)
    db.session.commit()
    answer = make_response(show_finish(email))
    remember_browser(answer, browser)
    return answer


@pages.post("/signup/finish/")
def finish_sign_up() -> ResponseReturnValue:
    def make(email: str, token: str, password: str) -> User:
        name = request.form.get("full_name", "")
        return register(email, password, email=email, verification_token=token, full_name=name, came_from=came_from())

    return finish(make)


@pages.post("/password/finish/")
def finish_password() -> ResponseReturnValue:
    def change(email: str, token: str, password: str) -> User:
        user = set_password_by_code(email, token, password)
        tell_of_new_password(user, settings_of(current_app).signing_keys)
        return user

    return finish(change)


def finish(do: Callable[[str, str, str], User]) -> ResponseReturnValue:
    """Check the code, do what it is for, and let the person in. What is refused comes back with what was typed."""
    request.max_content_length = MAX_FORM
    email, password = request.form.get("email", "").strip().lower(), request.form.get("password", "")
    try:
        refuse_unfit(password)  # first, or a short password would cost the code
        user = do(email, token_for(email, request.form.get("code", "")), password)
    except DeskError as refusal:
        db.session.rollback()
        return show_finish(email, refusal), status_of(refusal)
    db.session.commit()
    return arrive(user)


def token_for(email: str, code: str) -> str:
    keys = settings_of(current_app).signing_keys
    verified = verify_code(email, code, keys, browser=browser_secret(), came_from=came_from())
    db.session.commit()
    if verified is None:
        raise Invalid("code", WRONG)
    return verified.token


def way() -> str:
    return request.path.strip("/").partition("/")[0]


def browser_secret() -> str:
    """The secret of this browser, by which a code is bound to it."""
    kept = request.cookies.get(BROWSER, "")
    return kept if len(kept) >= SECRET_OCTETS else secrets.token_urlsafe(SECRET_OCTETS)


def remember_browser(answer: Response, browser: str) -> None:
    over_tls = settings_of(current_app).base_url.startswith("https:")
    answer.set_cookie(BROWSER, browser, max_age=BROWSER_SECONDS, httponly=True, secure=over_tls, samesite="Lax")


def came_from() -> str:
    return request.remote_addr or ""


def show_ask(error: str = "", email: str = "") -> str:
    title, lead = WAYS[way()]
    return render_template("pages/code_ask.html", way=way(), title=title, lead=lead, error=error, email=email)


def show_finish(email: str, refusal: DeskError | None = None) -> str:
    field = refusal.field if isinstance(refusal, Invalid) else ""
    return render_template(
        "pages/code_finish.html",
        way=way(),
        title=WAYS[way()][0],
        email=email,
        error=refusal.detail if refusal else "",
        wrong=field,
        full_name=request.form.get("full_name", ""),
        min_length=MIN_LENGTH,
    )
