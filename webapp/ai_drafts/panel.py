"""The draft's panel: ask, look how far it is, take it over or turn it down."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.ai_drafts import take_over, turn_down
from models.database import db
from models.errors import Conflict, Invalid
from models.queries.ai_drafts import draft_seen_by, open_draft_of
from webapp.ai_drafts.asking import ask
from webapp.ai_drafts.blueprint import drafts
from webapp.ai_drafts.view_models import Panel, panel_of
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, visibility, wants_part


@drafts.post("/tickets/<int:ticket_id>/ai-drafts/")
@for_staff
def ask_for_one(ticket_id: int) -> ResponseReturnValue:
    """The button. Without a script the page comes again, with the panel on it."""
    try:
        draft = ask(ticket_id, current_user(), request.form.get("instructions", ""))
    except Conflict as refusal:
        db.session.rollback()
        if not wants_part():
            raise
        return render_template("pages/_draft.html", refusal=refusal.detail, ticket_id=ticket_id)
    db.session.commit()
    if not wants_part():
        return redirect(url_for("inbox.ticket_anywhere", ticket_id=ticket_id), 303)
    return render_template("pages/_draft.html", panel=panel_of(draft))


@drafts.get("/tickets/<int:ticket_id>/ai-drafts/<int:draft_id>/")
@for_staff
def one(ticket_id: int, draft_id: int) -> ResponseReturnValue:
    """The panel as it is now."""
    draft = draft_seen_by(current_user(), visibility(), ticket_id, draft_id)
    return render_template("pages/_draft.html", panel=panel_of(draft))


@drafts.post("/tickets/<int:ticket_id>/ai-drafts/<int:draft_id>/")
@for_staff
def decide(ticket_id: int, draft_id: int) -> ResponseReturnValue:
    """What the agent does with it. Nothing here writes a message: the words go into the composer, in the browser."""
    draft_seen_by(current_user(), visibility(), ticket_id, draft_id)
    match request.form.get("do"):
        case "accept":
            take_over(draft_id, actor())
        case "reject":
            turn_down(draft_id, actor())
        case _:
            raise Invalid("do", "a draft is accepted or rejected")
    db.session.commit()
    return "", 204


def open_draft(ticket_id: int) -> Panel | None:
    """For the composer: the draft that is under way or lies there undecided."""
    draft = open_draft_of(ticket_id, current_user())
    return panel_of(draft) if draft is not None else None
