"""What `/` opens in the composer: the replies that fit what was typed, filled in for this ticket."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from models.actions.saved_replies import count_use
from models.database import db
from models.queries.matters import situation_of
from models.queries.saved_replies import saved_replies
from models.queries.tickets import ticket_seen_by
from models.variables import fill_in
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, visibility
from webapp.saved_replies.blueprint import saved

MOST_SHOWN = 20


@saved.get("/tickets/<int:ticket_id>/saved-replies/")
@for_staff
def for_ticket(ticket_id: int) -> ResponseReturnValue:
    """The list, each with its text as it would stand in this ticket."""
    me = current_user()
    ticket = ticket_seen_by(me, visibility(), ticket_id)
    search = request.args.get("q", "")[:100]
    found = saved_replies(me, search=search, mailbox_id=ticket.mailbox_id, limit=MOST_SHOWN)
    situation = situation_of(ticket, me)
    shown = [(reply, fill_in(reply.body, situation)) for reply in found]
    return render_template("pages/_canned.html", replies=shown, search=search)


@saved.post("/saved-replies/<int:reply_id>/uses/")
@for_staff
def used(reply_id: int) -> ResponseReturnValue:
    count_use(reply_id, actor())
    db.session.commit()
    return "", 204
