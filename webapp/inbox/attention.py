"""What an agent pays attention to: snoozing, following, and what he has not read."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.actions.following import follow, unfollow
from models.actions.reading import make_unread
from models.actions.snoozing import snooze, unsnooze
from models.database import db
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, clock, inbox
from webapp.inbox.looking import view_here
from webapp.inbox.snooze_times import WAKE, moment_typed
from webapp.inbox.ticket_fields import answer, seen


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/snooze/")
@for_staff
def change_snooze(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Until the chosen or typed time; `wake` brings it back at once."""
    ticket = seen(ticket_id)
    wanted = request.form.get("until", "")
    if wanted == WAKE:
        unsnooze(ticket.id, actor())
        said = _("%(ref)s is back", ref=ticket.ref)
    else:
        until = moment_typed(wanted, clock())
        snooze(ticket.id, until, actor())
        said = _("%(ref)s sleeps until %(date)s", ref=ticket.ref, date=clock().when(until).date)
    db.session.commit()
    return answer(view_name, ticket_id, said)


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/follow/")
@for_staff
def change_follow(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Follow it with `on`, follow it no more without."""
    ticket, me = seen(ticket_id), current_user()
    if request.form.get("on"):
        follow(ticket.id, me.id, actor())
        said = _("You follow %(ref)s", ref=ticket.ref)
    else:
        unfollow(ticket.id, me.id, actor())
        said = _("You follow %(ref)s no more", ref=ticket.ref)
    db.session.commit()
    return answer(view_name, ticket_id, said)


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/unread/")
@for_staff
def leave_unread(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """Put it down as it was: bold in the list until it is opened again."""
    ticket = seen(ticket_id)
    make_unread(current_user().id, ticket.id)
    db.session.commit()
    return redirect(url_for("inbox.view", view_name=view_here(view_name).name), 303)
