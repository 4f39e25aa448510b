"""Writing: replies, notes and forwards. What cannot be posted, or has to be asked about first, comes back untouched."""

from collections.abc import Sequence
from dataclasses import replace

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.actions.drafts import files_in
from models.actions.forwarding import Forward, forward_message
from models.actions.mail_queue import recipients
from models.actions.messages import StoredFile, Written, add_note, post_reply
from models.app import settings_of
from models.database import db
from models.errors import Conflict, DeskError, Invalid, NotFound, StaleView
from models.guards import questions
from models.message import Message
from models.queries.conversations import message_seen_by, messages_of
from models.queries.sending import sending_of
from models.queries.tickets import ticket_seen_by
from models.rich_text import pictures_in, text_of_html, written_html
from models.ticket import Status
from webapp.auth import current_user, for_staff
from webapp.errors import status_of
from webapp.inbox.asking import Asked, asked
from webapp.inbox.blueprint import actor, clock, inbox, visibility, wants_part
from webapp.inbox.conversation import newer_cards
from webapp.inbox.desk import changed_parts, conversation, desk
from webapp.inbox.looking import view_here
from webapp.uploads import sent_files

SAID = {
    "": _l("Sent"),
    Status.WAITING_ON_CUSTOMER: _l("Sent. Now waiting on the customer"),
    Status.RESOLVED: _l("Sent and resolved"),
    Status.CLOSED: _l("Sent and closed"),
}
DONE = {"note": _l("Note added"), "forward": _l("Forwarded")}


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/replies/")
@for_staff
def reply(view_name: str, ticket_id: int) -> ResponseReturnValue:
    return say(view_name, ticket_id, "reply")


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/notes/")
@for_staff
def note(view_name: str, ticket_id: int) -> ResponseReturnValue:
    return say(view_name, ticket_id, "note")


@inbox.post("/inbox/<view_name>/t/<int:ticket_id>/forwards/")
@for_staff
def forward(view_name: str, ticket_id: int) -> ResponseReturnValue:
    return say(view_name, ticket_id, "forward")


@inbox.get("/inbox/<view_name>/t/<int:ticket_id>/forward/")
@for_staff
def forward_form(view_name: str, ticket_id: int) -> ResponseReturnValue:
    """The form for handing one message on, `?message=`."""
    talk = conversation(ticket_id, mode="forward", forwarded=request.args.get("message", type=int))
    if wants_part():
        return render_template("pages/_forward_form.html", view=view_here(view_name), talk=talk)
    return render_template("pages/inbox.html", desk=desk(view_name, talk))


def say(view_name: str, ticket_id: int, mode: str) -> ResponseReturnValue:
    """Post what the form holds, unless a guard wants to ask first."""
    view_here(view_name)
    ticket_seen_by(current_user(), visibility(), ticket_id)
    try:
        written = what_is_written(ticket_id, mode)
        to_be_asked = what_to_ask(ticket_id, mode, written)
        if to_be_asked:
            db.session.rollback()
            return not_said(view_name, ticket_id, mode, questions=to_be_asked)
        post(ticket_id, mode, written)
    except (StaleView, Invalid, Conflict) as refusal:
        db.session.rollback()
        return not_said(view_name, ticket_id, mode, refusal)
    db.session.commit()
    if not wants_part():
        return redirect(url_for("inbox.ticket", view_name=view_name, ticket_id=ticket_id), 303)
    return changed_parts(
        view_name,
        ticket_id,
        at_least=request.args.get("shown", 0, type=int),
        toast=DONE.get(mode) or SAID.get(written.set_status or "", _("Sent")),
        new_composer=True,
        unsend_seconds=written.undo_seconds,
    )


def post(ticket_id: int, mode: str, written: Written) -> Message:
    keys = settings_of(current_app).signing_keys
    if mode == "note":
        return add_note(ticket_id, written, actor())
    if mode == "reply":
        return post_reply(ticket_id, written, actor(), keys)
    original = message_seen_by(current_user(), visibility(), request.form.get("message", 0, type=int))
    if original.ticket_id != ticket_id:
        raise NotFound("there is no such message on this ticket")
    chosen = [int(each) for each in request.form.getlist("along") if each.isdecimal()]
    wanted = Forward(written.to or (), written.cc or (), chosen, let_in="let_in" in request.form)
    return forward_message(original.id, wanted, replace(written, to=None, cc=None), actor(), keys)


def what_is_written(ticket_id: int, mode: str) -> Written:
    """The form as values. Without a script its text stands in `body` alone, and nobody may be named."""
    form = request.form
    html = form.get("html", "")
    return Written(
        form.get("body", ""),
        html=html,
        to=addresses("to"),
        cc=addresses("cc"),
        last_seen_message=None if mode == "note" else form.get("seen", type=int),  # a note crosses nobody's words
        set_status=form.get("then") or None,
        idempotency_key=form.get("key", "")[:100] or None,
        files=[*files_going_along(ticket_id, mode, html), *sent_files()],
        undo_seconds=0 if mode == "note" else settings_of(current_app).undo_seconds,
    )


def addresses(place: str) -> list[str] | None:
    """The addresses in `place`, one a field or several with commas between; None where the form has no such field."""
    if place not in request.form:
        return None
    typed = (address.strip() for field in request.form.getlist(place) for address in field.replace(";", ",").split(","))
    return [address for address in typed if address]


def files_going_along(ticket_id: int, mode: str, html: str) -> Sequence[StoredFile]:
    """The files of the draft; of the pictures among the words those that are still among them."""
    shown = pictures_in(written_html(html)) if html else set()
    return [
        StoredFile(file.blob_sha256, file.filename, file.content_type, file.size, file.is_inline, file.content_id)
        for file in files_in(ticket_id, current_user().id, mode)
        if not file.is_inline or file.content_id in shown
    ]


def what_to_ask(ticket_id: int, mode: str, written: Written) -> list[Asked]:
    """The questions of the guards that have not been answered yet; a note goes to nobody and is asked nothing."""
    if mode == "note":
        return []
    people = [*(written.to or ()), *(written.cc or ())]
    if written.to is None and written.cc is None:
        people = [each.address for each in recipients(ticket_id)]
    text = text_of_html(written.html) if written.html else written.body
    along = len(written.files) + len(request.form.getlist("along"))
    sending = sending_of(ticket_id, text, people, files=along, is_forward=mode == "forward")
    return [asked(question) for question in questions(sending, request.form.getlist("sure"))]


def not_said(
    view_name: str, ticket_id: int, mode: str, refusal: DeskError | None = None, questions: Sequence[Asked] = ()
) -> ResponseReturnValue:
    """Why it was not posted, or what to be sure of; where others have written, their words as well."""
    newer = ()
    if isinstance(refusal, StaleView):
        seen = request.form.get("seen", 0, type=int)
        newer = newer_cards(messages_of(ticket_id, current_user()), seen, current_user(), clock())
    status = status_of(refusal) if refusal else 200
    refused = {
        "mode": mode,
        "detail": refusal.detail if refusal else "",
        "newer": newer,
        "questions": questions,
        "sure": request.form.getlist("sure"),
        "then": request.form.get("then", ""),
        "body": request.form.get("body", ""),
    }
    if wants_part():
        return render_template(
            "pages/_refused.html", refused=refused, last_seen=newer[-1].id if newer else None
        ), status
    shown = desk(view_name, conversation(ticket_id, mode=mode, forwarded=request.form.get("message", type=int)))
    return render_template("pages/inbox.html", desk=shown, refused=refused), status
