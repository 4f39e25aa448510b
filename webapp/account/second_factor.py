"""Setting up the second factor: a picture for the app, a first code, the recovery codes; and taking it away."""

import segno
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from models.actions.own_account import demand_password
from models.actions.second_factors import (
    WRONG,
    begin_second_factor,
    check_second_factor,
    confirm_second_factor,
    has_second_factor,
    must_set_up,
    new_recovery_codes,
    pending_address,
    recovery_codes_left,
    remove_second_factor,
)
from models.database import db
from models.errors import DeskError, Invalid
from webapp.account.blueprint import account, keys, layout
from webapp.auth import current_user, for_staff
from webapp.errors import status_of


@account.get("/second-factor/")
@for_staff
def second_factor() -> str:
    return show()


@account.post("/second-factor/")
@for_staff
def begin_factor() -> ResponseReturnValue:
    """A new secret. The password is asked for again, so that a desk left open is not enough."""
    try:
        demand_password(current_user(), request.form.get("password", ""))
        begin_second_factor(current_user(), keys())
    except DeskError as refusal:
        db.session.rollback()
        return show(error=refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(url_for("account.second_factor"), 303)


@account.post("/second-factor/confirm/")
@for_staff
def confirm_factor() -> ResponseReturnValue:
    try:
        codes = confirm_second_factor(current_user(), request.form.get("code", ""), keys())
    except DeskError as refusal:
        db.session.rollback()
        return show(error=refusal.detail), status_of(refusal)
    db.session.commit()
    return show(codes=codes)


@account.post("/second-factor/codes/")
@for_staff
def fresh_codes() -> ResponseReturnValue:
    try:
        demand_code()
        codes = new_recovery_codes(current_user(), keys())
    except DeskError as refusal:
        db.session.rollback()
        return show(error=refusal.detail), status_of(refusal)
    db.session.commit()
    return show(codes=codes)


@account.post("/second-factor/remove/")
@for_staff
def remove_factor() -> ResponseReturnValue:
    try:
        demand_code()
        if current_user().second_factor_required:
            raise Invalid("code", "your administrator asks for it: you cannot take it away")
        remove_second_factor(current_user().id)
    except DeskError as refusal:
        db.session.rollback()
        return show(error=refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(url_for("account.page", said="saved"), 303)


def demand_code() -> None:
    """Raises `Invalid` for a wrong code, which is counted, or `TooMany`."""
    right = check_second_factor(current_user(), request.form.get("code", ""), keys())
    db.session.commit()
    if not right:
        raise Invalid("code", WRONG)


def show(error: str = "", codes: list[str] | None = None) -> str:
    me = current_user()
    address = pending_address(me, keys())
    return render_template(
        "pages/second_factor.html",
        layout=layout(),
        page="account",
        me=me,
        error=error,
        codes=codes or [],
        is_on=has_second_factor(me.id),
        is_demanded=must_set_up(me),
        left=recovery_codes_left(me.id),
        picture=picture_of(address) if address else "",
        secret=secret_of(address) if address else "",
    )


def picture_of(address: str) -> Markup:
    """The address as a QR code, drawn into the page: nothing is fetched."""
    drawn = segno.make(address, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - made of squares, by us


def secret_of(address: str) -> str:
    """The secret, for whoever types it, in groups of four."""
    secret = address.partition("secret=")[2].partition("&")[0]
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
