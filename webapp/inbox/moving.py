"""Moving a mail to another ticket or a new one, and taking that back."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.moving import Moved, move_mail, undo_move
from models.actions.tickets import assign
from models.database import db
from models.people import Role
from models.queries.conversations import message_seen_by
from models.queries.places import place_named
from models.queries.tickets import ticket_seen_by
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, inbox, visibility, wants_part
from webapp.inbox.looking import view_here
from webapp.inbox.desk import changed_parts


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/m/<int:message_id>/move/")
@for_staff
def move(view_name: str, ticket_id: int, message_id: int) -> ResponseReturnValue:
    """To the ticket named in the form, or to a new one where it names none."""
    message_seen_by(current_user(), visibility(), message_id)
    named = request.form.get("ticket", "").strip()
    moved = move_mail(message_id, place_named(named, current_user(), visibility()) if named else None, actor())
    if not named:
        keep_in_sight(moved)
    db.session.commit()
    back = url_for("inbox.move_back", view_name=view_name, ticket_id=ticket_id, message_id=message_id)
    return shown(view_name, ticket_id, _("Moved to %(ref)s", ref=moved.came_to.ref), undo=back)


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/m/<int:message_id>/move/undo/")
@for_staff
def move_back(view_name: str, ticket_id: int, message_id: int) -> ResponseReturnValue:
    message_seen_by(current_user(), visibility(), message_id)
    moved = undo_move(message_id, actor())
    ticket_seen_by(current_user(), visibility(), moved.came_to.id)
    db.session.commit()
    return shown(view_name, ticket_id, _("Back on %(ref)s", ref=moved.came_to.ref))


def keep_in_sight(moved: Moved) -> None:
    """Where agents see their own tickets only, whoever opens one by moving a mail holds it."""
    if current_user().role == Role.AGENT and visibility() == "assigned":
        assign(moved.came_to.id, current_user().id, actor())


def shown(view_name: str, ticket_id: int, toast: str, undo: str = "") -> ResponseReturnValue:
    view_here(view_name)
    if wants_part():
        at_least = request.args.get("shown", 0, type=int)
        return changed_parts(view_name, ticket_id, at_least=at_least, toast=toast, undo=undo)
    return redirect(url_for("inbox.ticket", view_name=view_name, ticket_id=ticket_id), 303)
