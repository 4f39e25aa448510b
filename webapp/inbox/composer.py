"""Writing: replies, notes, and the drafts of both."""

from datetime import UTC, datetime

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.actions.drafts import save_draft
from models.actions.messages import Written, add_note, post_reply
from models.app import settings_of
from models.database import db
from models.errors import DeskError, IllegalMove, Invalid, StaleView
from models.queries.conversations import messages_of
from models.queries.tickets import ticket_seen_by
from models.ticket import Status
from webapp.auth import current_user, for_staff
from webapp.errors import status_of
from webapp.inbox.blueprint import actor, clock, inbox, visibility, wants_part
from webapp.inbox.conversation import newer_cards
from webapp.inbox.looking import view_here
from webapp.inbox.desk import changed_parts, conversation, desk

SAID = {
    "": _l("Sent"),
    Status.WAITING_ON_CUSTOMER: _l("Sent. Now waiting on the customer"),
    Status.RESOLVED: _l("Sent and resolved"),
}


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/replies/")
@for_staff
def reply(view_name: str, ticket_id: int) -> ResponseReturnValue:
    return say(view_name, ticket_id, "reply")


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/notes/")
@for_staff
def note(view_name: str, ticket_id: int) -> ResponseReturnValue:
    return say(view_name, ticket_id, "note")


@inbox.put("/tickets/<int:ticket_id>/drafts/<mode>")
@for_staff
def draft(ticket_id: int, mode: str) -> ResponseReturnValue:
    """Keep what is being written. Answers when it was kept."""
    ticket_seen_by(current_user(), visibility(), ticket_id)
    save_draft(ticket_id, current_user().id, mode, request.form.get("body", ""))
    db.session.commit()
    return {"saved_at": datetime.now(UTC).isoformat(timespec="seconds")}


def say(view_name: str, ticket_id: int, mode: str) -> ResponseReturnValue:
    """Post what the form holds. What cannot be posted comes back with its text untouched."""
    view_here(view_name)
    ticket_seen_by(current_user(), visibility(), ticket_id)
    form = request.form
    written = Written(
        form.get("body", ""),
        last_seen_message=form.get("seen", type=int),
        set_status=form.get("then") or None,
        idempotency_key=form.get("key", "")[:100] or None,
        undo_seconds=0 if mode == "note" else settings_of(current_app).undo_seconds,
    )
    try:
        if mode == "note":
            add_note(ticket_id, written, actor())
        else:
            post_reply(ticket_id, written, actor(), settings_of(current_app).signing_keys)
    except (StaleView, Invalid, IllegalMove) as refusal:
        db.session.rollback()
        return not_said(view_name, ticket_id, mode, refusal)
    db.session.commit()
    if not wants_part():
        return redirect(url_for("inbox.ticket", view_name=view_name, ticket_id=ticket_id), 303)
    return changed_parts(
        view_name,
        ticket_id,
        at_least=request.args.get("shown", 0, type=int),
        toast=_("Note added") if mode == "note" else SAID.get(written.set_status or "", _("Sent")),
        new_composer=True,
        unsend_seconds=written.undo_seconds,
    )


def not_said(view_name: str, ticket_id: int, mode: str, refusal: DeskError) -> ResponseReturnValue:
    """Why it was not posted, beside the text; where others have written, their words as well."""
    newer = ()
    if isinstance(refusal, StaleView):
        seen = request.form.get("seen", 0, type=int)
        newer = newer_cards(messages_of(ticket_id, current_user()), seen, current_user(), clock())
    status = status_of(refusal)
    refused = {"mode": mode, "detail": refusal.detail, "newer": newer, "body": request.form.get("body", "")}
    if wants_part():
        return render_template(
            "pages/_refused.html", refused=refused, last_seen=newer[-1].id if newer else None
        ), status
    shown = desk(view_name, conversation(ticket_id, mode=mode))
    return render_template("pages/inbox.html", desk=shown, refused=refused), status
