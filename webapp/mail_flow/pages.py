"""The mail flow pages: the ledger with the last mails, one mail with its steps, its bytes as they came."""

from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.budgets import close_breaker, reset_budget
from models.database import db
from models.errors import Forbidden, NotFound
from models.people import Role
from models.queries.custody import ledger, open_alarms
from models.queries.inbound import mail_seen_by, mails_seen_by
from webapp.auth import current_user, for_staff
from webapp.inbox.attachments import as_download
from webapp.inbox.blueprint import actor, clock, visibility
from webapp.mail_flow.budgets import automatic_mail_seen_by
from webapp.mail_flow.originals import whole_mail
from webapp.mail_flow.view_models import flow_row, one_mail_page, sum_of

mail_flow = Blueprint("mail_flow", __name__)

LAST = 100


@mail_flow.get("/mail/")
@for_staff
def flow() -> ResponseReturnValue:
    """The whole page; one that is open already asks for what changes on it."""
    now = clock()
    seen = mails_seen_by(current_user(), visibility(), LAST)
    return render_template(
        "pages/_mail_flow_changed.html" if "live" in request.args else "pages/mail_flow.html",
        page="mail",
        sum=sum_of(ledger()),
        alarms=open_alarms(),
        mails=[flow_row(mail, now) for mail in seen],
        automatic=automatic_mail_seen_by(current_user(), now),
        sees_all=current_user().role == "admin",
    )


@mail_flow.post("/mail/automatic/")
@for_staff
def reset() -> ResponseReturnValue:
    """Forget what was spent of one budget, or close the loop breaker of one ticket."""
    if current_user().role != Role.ADMIN:
        raise Forbidden("only administrators reset budgets and loop breakers")
    ticket_id = request.form.get("breaker", type=int)
    if ticket_id is not None:
        close_breaker(ticket_id, actor())
    else:
        reset_budget(request.form.get("scope", ""), request.form.get("key", ""), actor())
    db.session.commit()
    return redirect(url_for("mail_flow.flow"), 303)


@mail_flow.get("/mail/<uuid:inbound_id>/")
@for_staff
def one_mail(inbound_id: UUID) -> ResponseReturnValue:
    found = mail_seen_by(current_user(), visibility(), inbound_id)
    shown = one_mail_page(found, *whole_mail(found[0]), clock())
    return render_template("pages/one_mail.html", page="mail", mail=shown)


@mail_flow.get("/mail/<uuid:inbound_id>/original")
@for_staff
def original(inbound_id: UUID) -> Response:
    """The mail byte for byte, as something to save and never to open here (H-172)."""
    found = mail_seen_by(current_user(), visibility(), inbound_id)
    if found[0].mail.forgotten_at is not None:
        raise NotFound("the bytes of this mail were let go: its time is over")
    whole, trouble = whole_mail(found[0])
    if trouble:
        abort(503, trouble)
    return as_download(whole, f"mail-{inbound_id}.eml", "application/octet-stream")
