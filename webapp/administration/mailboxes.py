"""Mailboxes, for administrators: the list, a new one, addresses, signature, acknowledgements, policies."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.actions.mailboxes import change_mailbox, create_mailbox
from models.database import db
from models.errors import DeskError, Invalid
from models.mailbox import Mailbox
from models.queries.mailboxes import all_mailboxes, one_mailbox
from webapp.administration.blueprint import administration, ticked, whole_number
from webapp.auth import for_admins
from webapp.errors import status_of
from webapp.inbox.blueprint import actor

AGENTS_BY_MAIL = {"off": _l("Nothing: it is held"), "note": _l("A note for the team"), "public": _l("An answer to the customer")}
TOLD = {"RESOLVED": _l("it is resolved"), "CLOSED": _l("it is closed")}
BOXES = ("acks", "acks_unverified", "cc_joins", "drafts_by_ai")
MOST_DAYS = 3650


@administration.get("/mailboxes/")
@for_admins
def mailboxes() -> str:
    return render_template("pages/mailbox_list.html", page="mailboxes", mailboxes=all_mailboxes())


@administration.get("/mailboxes/new/")
@for_admins
def new_mailbox() -> str:
    return show_new()


@administration.post("/mailboxes/new/")
@for_admins
def add_mailbox() -> ResponseReturnValue:
    try:
        made = create_mailbox(request.form.get("name", ""), request.form.get("address", ""), actor())
    except DeskError as refusal:
        db.session.rollback()
        return show_new(refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(url_for("administration.mailbox", mailbox_id=made.id), 303)


@administration.get("/mailboxes/<int:mailbox_id>/")
@for_admins
def mailbox(mailbox_id: int) -> str:
    return show_one(one_mailbox(mailbox_id))


@administration.post("/mailboxes/<int:mailbox_id>/")
@for_admins
def edit_mailbox(mailbox_id: int) -> ResponseReturnValue:
    form = request.form
    try:
        change_mailbox(
            mailbox_id,
            name=form.get("name", ""),
            signature=form.get("signature", ""),
            is_active=ticked("is_active"),
            address=form.get("address", ""),
            aliases=form.get("aliases", "").split(),
            policies=policies(),
            actor=actor(),
        )
    except DeskError as refusal:
        db.session.rollback()
        return show_one(one_mailbox(mailbox_id), refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(url_for("administration.mailbox", mailbox_id=mailbox_id, said="saved"), 303)


def policies() -> dict[str, Any]:
    """The rest of the form. Raises `Invalid`."""
    by_mail, days = request.form.get("agents_by_mail", ""), whole_number("reopen_days")
    if by_mail not in AGENTS_BY_MAIL:
        raise Invalid("agents_by_mail", "choose what an agent's mail may become")
    if days is None or days > MOST_DAYS:
        raise Invalid("reopen_days", _("the days for reopening are a number from 0 to %(most)s", most=MOST_DAYS))
    told = [status for status in TOLD if status in request.form.getlist("told_statuses")]
    boxes = {name: ticked(name) for name in BOXES}
    return {**boxes, "agents_by_mail": by_mail, "reopen_days": days, "told_statuses": told, "ack_text": request.form.get("ack_text", "")}


def show_new(error: str = "") -> str:
    return render_template("pages/mailbox_new.html", page="mailboxes", error=error, typed=request.form)


def show_one(shown: Mailbox, error: str = "") -> str:
    return render_template(
        "pages/mailbox_edit.html",
        page="mailboxes",
        box=shown,
        error=error,
        said=_("Saved.") if request.args.get("said") == "saved" else "",
        by_mail=AGENTS_BY_MAIL,
        told=TOLD,
    )
