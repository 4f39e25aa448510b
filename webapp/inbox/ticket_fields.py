"""Changing what a ticket is: status, assignee, priority, tags, subject."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.tickets import assign, edit_ticket, set_status
from models.database import db
from models.errors import Invalid
from models.queries.tickets import ticket_seen_by
from models.ticket import Status, Ticket
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, inbox, visibility, wants_part
from webapp.inbox.looking import view_here
from webapp.inbox.desk import changed_parts
from webapp.inbox.view_models import STATUS_WORDS


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/status/")
@for_staff
def change_status(view_name: str, ticket_id: int) -> ResponseReturnValue:
    ticket = seen(ticket_id)
    changed = set_status(ticket.id, request.form.get("status", ""), actor())
    db.session.commit()
    return answer(
        view_name, ticket_id, _("%(ref)s is now: %(status)s", ref=changed.ref, status=STATUS_WORDS[Status(changed.status)])
    )


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/assignee/")
@for_staff
def change_assignee(view_name: str, ticket_id: int) -> ResponseReturnValue:
    ticket = seen(ticket_id)
    agent_id = agent_named(request.form.get("assignee", ""))
    assign(ticket.id, agent_id, actor())
    db.session.commit()
    said = (
        _("Nobody holds it now")
        if agent_id is None
        else _("It is yours")
        if agent_id == current_user().id
        else _("Handed over")
    )
    return answer(view_name, ticket_id, f"{ticket.ref}: {said}")


def agent_named(value: str) -> int | None:
    if not value:
        return None
    if not value.isdecimal() or len(value) > 18:
        raise Invalid("assignee", "choose somebody from the list")
    return int(value)


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/priority/")
@for_staff
def change_priority(view_name: str, ticket_id: int) -> ResponseReturnValue:
    ticket = seen(ticket_id)
    edit_ticket(ticket.id, actor(), priority=request.form.get("priority", ""))
    db.session.commit()
    return answer(view_name, ticket_id)


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/tags/")
@for_staff
def change_tags(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Tags as people type them, separated by commas; all of them, not only new ones."""
    ticket = seen(ticket_id)
    edit_ticket(ticket.id, actor(), tags=request.form.get("tags", "").split(","))
    db.session.commit()
    return answer(view_name, ticket_id)


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/subject/")
@for_staff
def change_subject(view_name: str, ticket_id: int) -> ResponseReturnValue:
    ticket = seen(ticket_id)
    edit_ticket(ticket.id, actor(), subject=request.form.get("subject", ""))
    db.session.commit()
    return answer(view_name, ticket_id)


def seen(ticket_id: int) -> Ticket:
    """The ticket, if the reader may see it; whoever may see it may change it."""
    return ticket_seen_by(current_user(), visibility(), ticket_id)


def answer(view_name: str, ticket_id: int, toast: str = "") -> ResponseReturnValue:
    view_here(view_name)
    if wants_part():
        return changed_parts(
            view_name,
            ticket_id,
            at_least=request.args.get("shown", 0, type=int),
            toast=toast,
        )
    return redirect(url_for("inbox.ticket", view_name=view_name, ticket_id=ticket_id), 303)
