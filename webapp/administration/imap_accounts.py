"""Accounts elsewhere that mail is fetched from by IMAP, for administrators: the list, a new one, rest, go on, remove."""

from collections.abc import Mapping

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.actions.imap_accounts import OAUTH_FIELDS, ImapWanted, add_account, remove_account, switch
from models.app import settings_of
from models.database import db
from models.errors import DeskError, Invalid
from models.queries.imap_accounts import imap_accounts
from models.queries.mailboxes import all_mailboxes
from webapp.administration.blueprint import administration, ticked, whole_number
from webapp.auth import for_admins
from webapp.errors import status_of
from webapp.inbox.blueprint import actor, clock

SECURITY = {"tls": _l("TLS from the first word (port 993)"), "starttls": _l("STARTTLS (port 143)"), "plain": _l("none: on this machine alone")}
AFTERWARDS = {"leave": _l("stays as it is"), "seen": _l("is marked as read"), "move": _l("goes into another folder")}
SAID = {"added": _l("It is looked into now, and again whenever its server tells of new mail."), "removed": _l("Nothing is fetched from there any more.")}


@administration.get("/mailboxes/imap/")
@for_admins
def fetched() -> str:
    said = SAID.get(request.args.get("said", ""), "")
    return render_template("pages/imap_accounts.html", page="mailboxes", accounts=imap_accounts(), said=said, clock=clock())


@administration.get("/mailboxes/imap/new/")
@for_admins
def new_imap_account() -> str:
    return show_form()


@administration.post("/mailboxes/imap/new/")
@for_admins
def add_imap_account() -> ResponseReturnValue:
    try:
        add_account(wanted(request.form), actor(), settings_of(current_app).signing_keys)
    except DeskError as refusal:
        db.session.rollback()
        return show_form(refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(url_for("administration.fetched", said="added"), 303)


@administration.post("/mailboxes/imap/<int:imap_account_id>/")
@for_admins
def decide_on_imap_account(imap_account_id: int) -> ResponseReturnValue:
    """`do` is rest, wake or remove."""
    do = request.form.get("do", "")
    if do == "remove":
        remove_account(imap_account_id, actor())
    elif do in ("rest", "wake"):
        switch(imap_account_id, actor(), is_active=do == "wake")
    else:
        raise Invalid("do", _("choose what becomes of it"))
    db.session.commit()
    return redirect(url_for("administration.fetched", said="removed" if do == "remove" else None), 303)


def wanted(form: Mapping[str, str]) -> ImapWanted:
    """The account as the form has it. Raises `Invalid`."""
    oauth = {name: form.get(name, "").strip() for name in OAUTH_FIELDS}
    mailbox_id = whole_number("mailbox")
    if mailbox_id is None:
        raise Invalid("mailbox", _("choose whose mail it is"))
    if form.get("port", "").strip() and whole_number("port") is None:
        raise Invalid("port", _("a port is a number from 1 to 65535"))
    return ImapWanted(
        mailbox_id=mailbox_id,
        host=form.get("host", ""),
        username=form.get("username", ""),
        secret=oauth if any(oauth.values()) else {"password": form.get("password", "")},
        security=form.get("security", ""),
        port=whole_number("port"),
        folder=form.get("folder", ""),
        afterwards=form.get("afterwards", ""),
        move_to=form.get("move_to", ""),
        takes_old=ticked("takes_old"),
        trusted_hosts=form.get("trusted_hosts", "").split(),
    )


def show_form(error: str = "") -> str:
    """The form with what was typed, secrets excepted."""
    return render_template(
        "pages/imap_account_new.html",
        page="mailboxes",
        error=error,
        typed=request.form,
        mailboxes={box.id: f"{box.name} ({box.address})" for box in all_mailboxes()},
        security=SECURITY,
        afterwards=AFTERWARDS,
    )
