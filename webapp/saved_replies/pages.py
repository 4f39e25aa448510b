"""The pages of saved replies: all that one may use, and one to be written."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from models.actions.saved_replies import ReplyText, change_reply, delete_reply, save_reply
from models.database import db
from models.errors import Invalid
from models.mailbox import Mailbox
from models.people import Role
from models.queries.saved_replies import saved_reply_seen_by, saved_replies
from models.saved_reply import SavedReply
from models.variables import MEANINGS
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor
from webapp.saved_replies.blueprint import saved


@saved.get("/saved-replies/")
@for_staff
def index() -> ResponseReturnValue:
    search = request.args.get("q", "")[:100]
    found = saved_replies(current_user(), search=search)
    return render_template("pages/saved_replies.html", page="saved_replies", replies=found, search=search)


@saved.get("/saved-replies/new/")
@for_staff
def new() -> ResponseReturnValue:
    empty = ReplyText("", "", is_shared=current_user().role == Role.ADMIN)
    return form(empty)


@saved.post("/saved-replies/new/")
@for_staff
def write() -> ResponseReturnValue:
    text = written()
    try:
        save_reply(text, actor())
    except Invalid as refusal:
        db.session.rollback()
        return form(text, refusal=refusal), 422
    db.session.commit()
    return redirect(url_for("saved_replies.index"), 303)


@saved.get("/saved-replies/<int:reply_id>/")
@for_staff
def one(reply_id: int) -> ResponseReturnValue:
    reply = saved_reply_seen_by(current_user(), reply_id)
    text = ReplyText(reply.title, reply.body, reply.mailbox_id, reply.is_shared, reply.approved_for_drafts)
    return form(text, reply)


@saved.post("/saved-replies/<int:reply_id>/")
@for_staff
def change(reply_id: int) -> ResponseReturnValue:
    """Save it, or throw it away: the button that was pressed says which."""
    reply = saved_reply_seen_by(current_user(), reply_id)
    if request.form.get("do") == "delete":
        delete_reply(reply_id, actor())
        db.session.commit()
        return redirect(url_for("saved_replies.index"), 303)
    text = written()
    try:
        change_reply(reply_id, text, actor())
    except Invalid as refusal:
        db.session.rollback()
        return form(text, reply, refusal), 422
    db.session.commit()
    return redirect(url_for("saved_replies.index"), 303)


def written() -> ReplyText:
    """What the form holds."""
    fields = request.form
    return ReplyText(
        title=fields.get("title", ""),
        body=fields.get("body", ""),
        mailbox_id=fields.get("mailbox", type=int),
        is_shared=fields.get("for") == "team",
        approved_for_drafts="approved" in fields,
    )


def form(text: ReplyText, reply: SavedReply | None = None, refusal: Invalid | None = None) -> str:
    me = current_user()
    return render_template(
        "pages/saved_reply.html",
        page="saved_replies",
        text=text,
        reply=reply,
        refusal=refusal,
        may_change=reply is None or not reply.is_shared or me.role == Role.ADMIN,
        may_share=me.role == Role.ADMIN,
        mailboxes=db.session.scalars(select(Mailbox).where(Mailbox.is_active).order_by(Mailbox.name)).all(),
        meanings=MEANINGS,
    )
