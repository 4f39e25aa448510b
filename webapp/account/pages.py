"""The account page, and what its forms change."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_jwt_extended import get_jwt, unset_jwt_cookies

from models.actions.codes import WRONG, request_code, verify_code
from models.actions.google_accounts import unlink_google
from models.actions.own_account import change_address, change_password, demand_password, rename
from models.actions.second_factors import has_second_factor
from models.actions.signing_in import end_all_sign_ins, end_own_sign_in
from models.database import db
from models.errors import DeskError, Invalid
from models.people import Notices, SignIn
from models.queries.people import sign_ins_of
from webapp.account.blueprint import account, keys, layout
from webapp.auth import current_user, signed_in
from webapp.clock import Clock, When
from webapp.errors import status_of
from webapp.inbox.blueprint import clock
from webapp.sign_up import browser_secret, came_from, remember_browser

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"), ("python", "Python"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"))

NOTICE_WORDS = {
    Notices.NEVER: _l("Never"),
    Notices.AWAY: _l("While the desk is open in no browser of mine"),
    Notices.ALWAYS: _l("Always"),
}

SAID = {
    "saved": _l("Saved."),
    "password": _l("Your password is changed, and every other sign-in has ended."),
    "address": _l("Your address is changed."),
    "ended": _l("That sign-in has ended."),
    "google": _l("Google does not sign you in any more."),
}


@dataclass(frozen=True)
class Device:
    """One sign-in, as its owner recognises it."""

    id: int
    name: str
    address: str
    since: When
    last_seen: When
    is_here: bool


@account.get("/")
@signed_in
def page() -> str:
    return show()


@account.post("/name/")
@signed_in
def change_name() -> ResponseReturnValue:
    return changing(lambda: rename(current_user(), request.form.get("full_name", "")), "saved")


@account.post("/password/")
@signed_in
def new_password() -> ResponseReturnValue:
    def change() -> None:
        demand_password(current_user(), request.form.get("password", ""))
        change_password(current_user(), request.form.get("new_password", ""), here(), keys())

    return changing(change, "password")


@account.post("/notices/")
@signed_in
def change_notices() -> ResponseReturnValue:
    def change() -> None:
        wanted = request.form.get("notices", "")
        if wanted not in list(Notices):
            raise Invalid("notices", "choose one of the three")
        current_user().notices = wanted

    return changing(change, "saved")


@account.post("/address/")
@signed_in
def ask_for_address() -> ResponseReturnValue:
    """A code to the new address; it is changed when that comes back."""
    email, browser = request.form.get("email", "").strip(), browser_secret()
    try:
        request_code(email, keys(), browser=browser, came_from=came_from())
    except DeskError as refusal:
        db.session.rollback()
        return show(refusal.detail), status_of(refusal)
    db.session.commit()
    answer = make_response(show(new_address=email))
    remember_browser(answer, browser)
    return answer


@account.post("/address/confirm/")
@signed_in
def confirm_address() -> ResponseReturnValue:
    email = request.form.get("email", "").strip()

    def change() -> None:
        demand_password(current_user(), request.form.get("password", ""))
        verified = verify_code(email, request.form.get("code", ""), keys(), browser=browser_secret(), came_from=came_from())
        db.session.commit()
        if verified is None:
            raise Invalid("code", WRONG)
        change_address(current_user(), email, verified.token)

    return changing(change, "address", new_address=email)


@account.post("/sign-ins/<int:sign_in_id>/end/")
@signed_in
def end_one(sign_in_id: int) -> ResponseReturnValue:
    return changing(lambda: end_own_sign_in(current_user().id, sign_in_id), "ended")


@account.post("/sign-ins/end/")
@signed_in
def end_all() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    end_all_sign_ins(current_user().id)
    db.session.commit()
    answer = redirect(url_for("sign_in.form"), 303)
    unset_jwt_cookies(answer)
    return answer


@account.post("/google/unlink/")
@signed_in
def forget_google() -> ResponseReturnValue:
    return changing(lambda: unlink_google(current_user()), "google")


def changing(change: Callable[[], None], said: str, new_address: str = "") -> ResponseReturnValue:
    """Change something and go back to the page, which says so; or show it again with what was wrong."""
    try:
        change()
    except DeskError as refusal:
        db.session.rollback()
        return show(refusal.detail, new_address=new_address), status_of(refusal)
    db.session.commit()
    return redirect(url_for("account.page", said=said), 303)


def show(error: str = "", new_address: str = "") -> str:
    me, now = current_user(), clock()
    return render_template(
        "pages/account.html",
        layout=layout(),
        page="account",
        me=me,
        error=error,
        said=SAID.get(request.args.get("said", ""), ""),
        new_address=new_address,
        devices=[device_of(each, now) for each in sign_ins_of(me.id)],
        has_factor=has_second_factor(me.id),
        notices=[(str(value), words, me.notices == value) for value, words in NOTICE_WORDS.items()] if me.is_staff else [],
        google=current_app.jinja_env.globals["google_offered"],
    )


def device_of(sign_in: SignIn, now: Clock) -> Device:
    return Device(
        id=sign_in.id,
        name=device_name(sign_in.browser),
        address=sign_in.address,
        since=now.when(sign_in.created_at),
        last_seen=now.when(sign_in.renewed_at),
        is_here=sign_in.id == here(),
    )


def device_name(user_agent: str) -> str:
    """`Firefox on Linux`, of what a browser says of itself."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or re.sub(r"\s.*", "", user_agent)[:40] or _("Something unnamed")


def here() -> int:
    """The sign-in of this request."""
    return int(get_jwt()["sid"])
