"""What an agent decides about what lies around a conversation: held mails, suggested people, a flood, notices to him."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from models.actions.agent_notices import has_read_notices
from models.actions.floods import release_flood
from models.actions.held_messages import discard_held, give_own_ticket, let_in, undo_discard_held
from models.actions.participants import accept_suggestion, dismiss_suggestion
from models.database import db
from models.errors import Invalid, NotFound
from models.queries.conversations import message_seen_by
from models.queries.tickets import ticket_seen_by
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, inbox, visibility
from webapp.inbox.moving import shown

ACTS = {
    "let_in": (let_in, _l("Let in: the sender takes part from now on")),
    "own_ticket": (give_own_ticket, _l("It has a ticket of its own now")),
    "discard": (discard_held, _l("Discarded. It can be taken back")),
    "undo": (undo_discard_held, _l("It is held again")),
}


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/held/<int:message_id>/")
@for_staff
def held_mail(view_name: str, ticket_id: int, message_id: int) -> ResponseReturnValue:
    """The button that was pressed says what to do."""
    if message_seen_by(current_user(), visibility(), message_id).ticket_id != ticket_id:
        raise NotFound("there is no such mail on this ticket")
    wanted = request.form.get("do", "")
    if wanted not in ACTS:
        raise Invalid("do", "a held mail is let in, given a ticket of its own, or discarded")
    act, said = ACTS[wanted]
    act(message_id, actor())
    db.session.commit()
    return shown(view_name, ticket_id, said)


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/people/<int:suggestion_id>/")
@for_staff
def suggested_person(view_name: str, ticket_id: int, suggestion_id: int) -> ResponseReturnValue:
    ticket_seen_by(current_user(), visibility(), ticket_id)
    if request.form.get("do") == "add":
        accept_suggestion(ticket_id, suggestion_id, actor())
        said = _("Added: gets what is written from now on")
    else:
        dismiss_suggestion(ticket_id, suggestion_id, actor())
        said = _("Not added")
    db.session.commit()
    return shown(view_name, ticket_id, said)


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/flood/")
@for_staff
def flood(view_name: str, ticket_id: int) -> ResponseReturnValue:
    ticket_seen_by(current_user(), visibility(), ticket_id)
    mails = release_flood(ticket_id, actor())
    db.session.commit()
    return shown(view_name, ticket_id, ngettext("%(num)s mail is filed on its own", "%(num)s mails are filed one by one", mails))


@inbox.post("/notices/read/")
@for_staff
def notices_read() -> ResponseReturnValue:
    has_read_notices(current_user().id)
    db.session.commit()
    return redirect(url_for("held.mails"), 303)
