"""People, for administrators: the list, inviting, changing, switching off."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from models.actions.administering import Changes, change_user, invite, reset_second_factor, send_invitation_again
from models.actions.second_factors import has_second_factor
from models.app import settings_of
from models.database import db
from models.errors import DeskError, Invalid
from models.people import Role, User
from models.queries.people import active_count, active_counts, page_of_people, user_of_the_desk
from webapp.administration.blueprint import administration, ticked, whole_number
from webapp.auth import for_admins
from webapp.errors import status_of
from webapp.inbox.blueprint import actor, clock
from webapp.inbox.view_models import face_of_user

PAGE = 50
ROLE_WORDS = {Role.CUSTOMER: _l("Customer"), Role.AGENT: _l("Agent"), Role.ADMIN: _l("Administrator")}
# What the list may be narrowed to; first what it shows by itself.
SHOWN = {
    "": (_l("The team"), [Role.AGENT, Role.ADMIN]),
    "customer": (_l("Customers"), [Role.CUSTOMER]),
    "all": (_l("Everybody"), list(Role)),
}
SAID = {"invited": _l("Invited: a mail is on its way."), "saved": _l("Saved."), "reset": _l("The second factor is gone; every sign-in has ended.")}


@administration.get("/users/")
@for_admins
def users() -> str:
    role, search = request.args.get("role", ""), request.args.get("q", "")[:200]
    found = page_of_people(SHOWN.get(role, SHOWN[""])[1], search, request.args.get("cursor", ""), PAGE)
    loads = active_counts([person.id for person in found.rows if person.is_staff])
    return render_template(
        "pages/people_list.html",
        page="people",
        people=[(person, face_of_user(person), loads.get(person.id)) for person in found.rows],
        words=ROLE_WORDS,
        choices={name: words for name, (words, _) in SHOWN.items()},
        role=role if role in SHOWN else "",
        search=search,
        newer=found.previous,
        older=found.next,
        said=SAID.get(request.args.get("said", ""), ""),
    )


@administration.get("/users/new/")
@for_admins
def new_user() -> str:
    return show_new()


@administration.post("/users/new/")
@for_admins
def add_user() -> ResponseReturnValue:
    form = request.form
    keys = settings_of(current_app).signing_keys
    try:
        invite(
            form.get("username", "") or form.get("email", ""),
            form.get("email", "") or None,
            form.get("role", ""),
            actor(),
            keys,
            full_name=form.get("full_name", ""),
            password=form.get("password", "") or None,
            capacity=whole_number("capacity"),
        )
    except DeskError as refusal:
        db.session.rollback()
        return show_new(refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(url_for("administration.users", said="saved" if form.get("password") else "invited"), 303)


@administration.get("/users/<int:user_id>/")
@for_admins
def one_user(user_id: int) -> str:
    return show_one(user_of_the_desk(user_id))


@administration.post("/users/<int:user_id>/")
@for_admins
def edit_user(user_id: int) -> ResponseReturnValue:
    form = request.form
    try:
        if form.get("capacity") and whole_number("capacity") is None:
            raise Invalid("capacity", "a capacity is a number")
        changes = Changes(
            username=form.get("username"),
            email=form.get("email") or None,
            full_name=form.get("full_name"),
            role=form.get("role"),
            capacity=whole_number("capacity"),
            is_active=ticked("is_active"),
            second_factor_required=ticked("second_factor_required"),
        )
        change_user(user_id, changes, actor())
    except DeskError as refusal:
        db.session.rollback()
        return show_one(user_of_the_desk(user_id), refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(url_for("administration.one_user", user_id=user_id, said="saved"), 303)


@administration.post("/users/<int:user_id>/invite/")
@for_admins
def invite_again(user_id: int) -> ResponseReturnValue:
    send_invitation_again(user_of_the_desk(user_id), actor(), settings_of(current_app).signing_keys)
    db.session.commit()
    return redirect(url_for("administration.one_user", user_id=user_id, said="invited"), 303)


@administration.post("/users/<int:user_id>/second-factor/reset/")
@for_admins
def take_factor_away(user_id: int) -> ResponseReturnValue:
    reset_second_factor(user_id, actor())
    db.session.commit()
    return redirect(url_for("administration.one_user", user_id=user_id, said="reset"), 303)


def show_new(error: str = "") -> str:
    return render_template("pages/people_new.html", page="people", error=error, typed=request.form, words=ROLE_WORDS)


def show_one(person: User, error: str = "") -> str:
    return render_template(
        "pages/people_edit.html",
        page="people",
        person=person,
        look=face_of_user(person),
        words=ROLE_WORDS,
        error=error,
        said=SAID.get(request.args.get("said", ""), ""),
        load=active_count(person.id),
        has_factor=has_second_factor(person.id),
        since=clock().when(person.created_at),
    )
