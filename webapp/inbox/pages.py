"""The inbox as pages: one address for each view, and for each ticket in it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.queries.tickets import ticket_seen_by, view_named
from models.ticket import Status, Ticket
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import inbox, visibility, wants_part
from webapp.inbox.desk import changed_parts, conversation, desk


@inbox.get("/inbox/")
@for_staff
def index() -> ResponseReturnValue:
    return redirect(url_for("inbox.view", view_name="mine"))


@inbox.get("/inbox/<view_name>/")
@for_staff
def view(view_name: str) -> ResponseReturnValue:
    shown = desk(view_name)
    return render_template("pages/_view.html" if wants_part() else "pages/inbox.html", desk=shown)


@inbox.get("/inbox/<view_name>/t/<int:ticket_id>/")
@for_staff
def ticket(view_name: str, ticket_id: int) -> ResponseReturnValue:
    opened = conversation(ticket_id, mode=request.args.get("compose", "reply"))
    if wants_part():
        return render_template("pages/_conversation.html", view=view_named(view_name), talk=opened)
    return render_template("pages/inbox.html", desk=desk(view_name, opened))


@inbox.get("/inbox/<view_name>/t/<int:ticket_id>/thread/")
@for_staff
def thread(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """The messages alone, as many as the address asks for: what a click on the line of a gap brings."""
    if not wants_part():
        ticket_seen_by(current_user(), visibility(), ticket_id)
        return redirect(url_for("inbox.ticket", view_name=view_name, ticket_id=ticket_id, **request.args))
    return render_template("pages/_only_the_thread.html", view=view_named(view_name), talk=conversation(ticket_id))


@inbox.get("/tickets/<int:ticket_id>/")
@for_staff
def ticket_anywhere(ticket_id: int) -> ResponseReturnValue:
    """A ticket by its number alone, shown in a view where it stands."""
    found = ticket_seen_by(current_user(), visibility(), ticket_id)
    return redirect(url_for("inbox.ticket", view_name=home_view(found), ticket_id=ticket_id))


def home_view(found: Ticket) -> str:
    match found.status:
        case Status.WAITING_ON_CUSTOMER:
            return "waiting"
        case Status.RESOLVED:
            return "resolved"
        case Status.CLOSED:
            return "closed"
    if found.assigned_agent_id == current_user().id:
        return "mine"
    return "unassigned" if found.assigned_agent_id is None else "open"


@inbox.get("/inbox/<view_name>/live/")
@for_staff
def live(view_name: str) -> ResponseReturnValue:
    """Everything on the page that events may have changed, as parts that are morphed into it."""
    return changed_parts(
        view_name,
        request.args.get("ticket", type=int),
        at_least=request.args.get("shown", 0, type=int),
    )
