"""The inbox as pages: one address for each view, and for each ticket in it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.reading import has_looked
from models.database import db
from models.queries.attention import newest_unread_by
from models.queries.tickets import ticket_seen_by
from models.ticket import Status, Ticket
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import inbox, visibility, wants_part
from webapp.inbox.looking import view_here
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
        shown = render_template("pages/_conversation.html", view=view_here(view_name), talk=opened)
    else:
        shown = render_template("pages/inbox.html", desk=desk(view_name, opened))
    note_as_read(ticket_id, opened.unread)
    return shown


def note_as_read(ticket_id: int, newest: int | None) -> None:
    """After the page is drawn: a commit lets go of everything that was loaded for it."""
    if newest is not None:
        has_looked(current_user().id, ticket_id, newest)
        db.session.commit()


@inbox.get("/inbox/<view_name>/t/<int:ticket_id>/thread/")
@for_staff
def thread(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """The messages alone, as many as the address asks for: what a click on the line of a gap brings."""
    if not wants_part():
        ticket_seen_by(current_user(), visibility(), ticket_id)
        return redirect(url_for("inbox.ticket", view_name=view_name, ticket_id=ticket_id, **request.args))
    return render_template("pages/_only_the_thread.html", view=view_here(view_name), talk=conversation(ticket_id))


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
    """Everything on the page that events may have changed, as parts that are morphed into it.

    With `seen` somebody has the page before him, and so has read what is open on it.
    """
    ticket_id = request.args.get("ticket", type=int)
    if "seen" in request.args and ticket_id is not None:
        note_as_read(ticket_id, newest_unread_by(current_user(), visibility(), ticket_id))
    return changed_parts(view_name, ticket_id, at_least=request.args.get("shown", 0, type=int))
