"""The pages of the outbox: the table, one mail, and what an administrator decides."""

from uuid import UUID

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import undefer

from models.actions.deliveries import pause_mailbox, send_test
from models.actions.suppression import lift
from models.app import blobs_of, settings_of
from models.database import db
from models.errors import Forbidden
from models.outbox import Outbox
from models.people import Role
from models.queries.outbox import FILTERS, attempts_of, mail_out_seen_by, mailboxes, mails_out, one_mail_out, outbox_sums
from models.queries.suppression import suppressions
from webapp.auth import current_user, for_staff
from webapp.inbox.attachments import as_download
from webapp.inbox.blueprint import actor, clock, visibility
from webapp.inbox.deliveries import act_on
from webapp.outbox.view_models import dns_records, filter_links, outbox_row, steps_of

outbox = Blueprint("outbox", __name__, url_prefix="/outbox")


@outbox.before_request
@for_staff
def administrators_only() -> None:
    if current_user().role != Role.ADMIN:
        raise Forbidden("the outbox of the whole desk is for administrators")


@outbox.get("/")
def table() -> ResponseReturnValue:
    """The table; a page that is open already asks for the rows alone."""
    sums = outbox_sums()
    shown = request.args.get("show", "")
    shown = shown if shown in FILTERS else "waiting" if sums["waiting"] else "all"
    mailbox_id = request.args.get("mailbox", type=int)
    words = request.args.get("find", "").strip()[:200]
    now = clock()
    seen = {
        "page": "outbox",
        "shown": shown,
        "mailbox_id": mailbox_id,
        "words": words,
        "filters": filter_links(sums, shown),
        "rows": [outbox_row(mail, now) for mail in mails_out(shown, mailbox_id, words)],
        "mailboxes": mailboxes(),
        "clock": now,
    }
    if "live" in request.args:
        return render_template("pages/_outbox_changed.html", **seen)
    records = dns_records(seen["mailboxes"], settings_of(current_app))  # type: ignore[arg-type]
    return render_template("pages/outbox.html", **seen, suppressed=suppressions(), records=records)


@outbox.get("/<uuid:outbox_id>/")
def one(outbox_id: UUID) -> ResponseReturnValue:
    mail = one_mail_out(seen_mail(outbox_id))
    now = clock()
    return render_template(
        "pages/one_mail_out.html",
        page="outbox",
        mail=outbox_row(mail, now),
        row=mail.row,
        steps=steps_of(attempts_of(outbox_id), now),
        has_bytes=bytes_of(outbox_id) is not None,
    )


@outbox.get("/<uuid:outbox_id>/original")
def original(outbox_id: UUID) -> Response:
    """The mail byte for byte as it is sent, to be saved and never opened here."""
    content = bytes_of(seen_mail(outbox_id).id)
    if content is None:
        abort(404, "this mail has no bytes: it was not made yet, or they were let go two weeks after it was sent")
    return as_download(content, f"mail-{outbox_id}.eml", "application/octet-stream")


def bytes_of(outbox_id: UUID) -> bytes | None:
    row = db.session.get_one(Outbox, outbox_id, options=[undefer(Outbox.mime)], populate_existing=True)
    return blobs_of(current_app).read(row.mime_uri) if row.mime_uri else row.mime


@outbox.post("/<uuid:outbox_id>/")
def decide(outbox_id: UUID) -> ResponseReturnValue:
    act_on(seen_mail(outbox_id), request.form.get("do", ""), request.form.get("address", ""))
    db.session.commit()
    return redirect(url_for("outbox.one", outbox_id=outbox_id), 303)


@outbox.post("/mailboxes/<int:mailbox_id>/")
def pause(mailbox_id: int) -> ResponseReturnValue:
    pause_mailbox(mailbox_id, actor(), paused=request.form.get("do") == "pause")
    db.session.commit()
    return redirect(url_for("outbox.table"), 303)


@outbox.post("/test/")
def test() -> ResponseReturnValue:
    form = request.form
    keys = settings_of(current_app).signing_keys
    row = send_test(form.get("mailbox", 0, type=int), form.get("address", ""), actor(), keys)
    db.session.commit()
    return redirect(url_for("outbox.one", outbox_id=row.id), 303)


@outbox.post("/lift/")
def lift_stop() -> ResponseReturnValue:
    lift(request.form.get("address", ""), actor())
    db.session.commit()
    return redirect(url_for("outbox.table"), 303)


def seen_mail(outbox_id: UUID) -> Outbox:
    return mail_out_seen_by(current_user(), visibility(), outbox_id)
