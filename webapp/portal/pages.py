"""The pages of the portal: the list of one's requests, one of them, a new one. They need no script."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.customers import answer, ask, reopen, resolve
from models.database import db
from models.errors import DeskError, Forbidden
from models.people import User
from models.queries.conversations import messages_of
from models.queries.people import people_by_id
from models.queries.audiences import shown_to_their_customers
from models.queries.portal import own_tickets
from models.queries.tickets import ticket_seen_by
from models.ticket import Ticket
from webapp.auth import guarded, require_sign_in
from webapp.errors import status_of
from webapp.inbox.blueprint import clock, visibility
from webapp.portal.view_models import names_of, request_of, row_of
from webapp.uploads import sent_files

P = ParamSpec("P")
R = TypeVar("R")

portal = Blueprint("portal", __name__, url_prefix="/requests")


def require_customer() -> User:
    """A signed-in customer. Raises `Forbidden` for the team, which has the inbox."""
    user = require_sign_in()
    if user.is_staff:
        raise Forbidden("this page is for customers: yours is the inbox")
    return user


def for_customers(view: Callable[P, R]) -> Callable[P, R]:
    """A view for customers."""
    return guarded(view, require_customer)


@portal.get("/")
@for_customers
def requests() -> str:
    found = own_tickets(require_customer(), visibility(), request.args.get("cursor", ""))
    now = clock()
    shown = shown_to_their_customers([ticket.id for ticket in found.rows])
    rows = [row_of(ticket, now, shows_preview=ticket.id in shown) for ticket in found.rows]
    return render_template("pages/portal_list.html", page="requests", rows=rows, older=found.next)


@portal.get("/new/")
@for_customers
def new() -> str:
    return show_new()


@portal.post("/new/")
@for_customers
def send() -> ResponseReturnValue:
    form = request.form
    try:
        ticket = ask(
            require_customer(),
            form.get("subject", ""),
            form.get("description", ""),
            files=sent_files(),
            idempotency_key=form.get("key", "")[:100] or None,
        )
    except DeskError as refusal:
        db.session.rollback()
        return show_new(refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(url_for("portal.one", ticket_id=ticket.id), 303)


@portal.get("/<int:ticket_id>/")
@for_customers
def one(ticket_id: int) -> str:
    return show_one(ticket_id)


@portal.post("/<int:ticket_id>/answers/")
@for_customers
def say(ticket_id: int) -> ResponseReturnValue:
    me, form = require_customer(), request.form
    seen(ticket_id)
    try:
        answer(ticket_id, me, form.get("body", ""), files=sent_files(), idempotency_key=form.get("key", "")[:100] or None)
    except DeskError as refusal:
        db.session.rollback()
        return show_one(ticket_id, refusal.detail), status_of(refusal)
    db.session.commit()
    return redirect(f"{url_for('portal.one', ticket_id=ticket_id)}#end", 303)


@portal.post("/<int:ticket_id>/resolve/")
@for_customers
def settle(ticket_id: int) -> ResponseReturnValue:
    seen(ticket_id)
    resolve(ticket_id, require_customer())
    db.session.commit()
    return redirect(url_for("portal.one", ticket_id=ticket_id), 303)


@portal.post("/<int:ticket_id>/reopen/")
@for_customers
def take_up_again(ticket_id: int) -> ResponseReturnValue:
    seen(ticket_id)
    reopen(ticket_id, require_customer())
    db.session.commit()
    return redirect(url_for("portal.one", ticket_id=ticket_id), 303)


def seen(ticket_id: int) -> Ticket:
    return ticket_seen_by(require_customer(), visibility(), ticket_id)


def show_one(ticket_id: int, error: str = "") -> str:
    ticket = seen(ticket_id)
    messages = messages_of(ticket_id, require_customer())
    authors = people_by_id([message.author_id for message in messages])
    shown = request_of(ticket, messages, names_of(list(authors.values())), clock())
    typed = request.form.get("body", "")
    return render_template("pages/portal_request.html", page="requests", talk=shown, error=error, typed=typed, form_key=uuid4().hex)


def show_new(error: str = "") -> str:
    key = request.form.get("key", "") or uuid4().hex
    return render_template("pages/portal_new.html", page="new", error=error, typed=request.form, form_key=key)
