"""The pages of held mail: the list, one mail, and what an agent decides."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.held import discard, release, undo_discard
from models.actions.senders import block_sender, unblock_sender
from models.database import db
from models.errors import Invalid
from models.queries.held import HeldMail, held_mail, held_mails
from models.queries.links import unread_notices
from models.queries.senders import blocked_senders
from webapp.auth import current_user, for_staff
from webapp.inbox.blueprint import actor, clock, visibility

held = Blueprint("held", __name__)


@held.get("/held/")
@for_staff
def mails() -> ResponseReturnValue:
    discarded = request.args.get("show") == "discarded"
    found = held_mails(current_user(), visibility(), discarded=discarded)
    notices = unread_notices(current_user().id)
    return render_template(
        "pages/held.html", page="held", mails=found, discarded=discarded, clock=clock(), notices=notices
    )


@held.get("/held/<uuid:inbound_id>/<rcpt>/")
@for_staff
def one(inbound_id: UUID, rcpt: str) -> ResponseReturnValue:
    return render_template("pages/one_held.html", page="held", mail=seen(inbound_id, rcpt), clock=clock())


@held.post("/held/<uuid:inbound_id>/<rcpt>/")
@for_staff
def decide(inbound_id: UUID, rcpt: str) -> ResponseReturnValue:
    """The button that was pressed says what to do."""
    seen(inbound_id, rcpt)
    wanted = request.form.get("do", "")
    if wanted in ("release", "allow"):
        requester = request.form.get("requester", "").strip()
        release(inbound_id, rcpt, actor(), requester=requester, allow=wanted == "allow")
    elif wanted == "discard":
        discard(inbound_id, rcpt, actor())
    elif wanted == "undo":
        undo_discard(inbound_id, rcpt, actor())
    elif wanted == "block":
        block_sender(seen(inbound_id, rcpt).sender, actor())
    else:
        raise Invalid("do", "a held mail is released, released for good, discarded, taken back, or its sender is blocked")
    db.session.commit()
    if wanted in ("release", "allow"):  # there it can be watched becoming a ticket
        return redirect(url_for("mail_flow.flow"), 303)
    return redirect(url_for("held.mails"), 303)


@held.get("/held/blocked/")
@for_staff
def blocked() -> ResponseReturnValue:
    return render_template("pages/blocked.html", page="held", blocked=blocked_senders(current_user()), clock=clock())


@held.post("/held/blocked/")
@for_staff
def unblock() -> ResponseReturnValue:
    unblock_sender(request.form.get("sender", ""), actor())
    db.session.commit()
    return redirect(url_for("held.blocked"), 303)


def seen(inbound_id: UUID, rcpt: str) -> HeldMail:
    return held_mail(current_user(), visibility(), inbound_id, rcpt)
