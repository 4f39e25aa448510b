"""The pages of webhooks: which there are, and what each was told."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.actions.webhooks import KINDS, change_webhook, delete_webhook, make_webhook, replay_delivery
from models.database import db
from models.errors import Invalid
from models.queries.webhooks import deliveries_of, troubles_of, webhook_seen_by, webhooks_seen_by
from webapp.auth import current_user, for_admins
from webapp.inbox.blueprint import actor, clock
from webapp.integrations.blueprint import integrations

TONES = {"delivered": "good", "retry": "doubt", "failed": "bad"}


@integrations.get("/webhooks/")
@for_admins
def webhooks() -> ResponseReturnValue:
    return shown()


@integrations.post("/webhooks/")
@for_admins
def new_webhook() -> ResponseReturnValue:
    """Make one; its secret stands on the answer and nowhere else."""
    form = request.form
    try:
        _, secret = make_webhook(form.get("name", ""), form.get("url", ""), form.getlist("event"), actor())
    except Invalid as refused:
        db.session.rollback()
        return shown(trouble=refused.detail), 422
    db.session.commit()
    return shown(secret=secret)


@integrations.get("/webhooks/<int:webhook_id>/")
@for_admins
def webhook(webhook_id: int) -> ResponseReturnValue:
    me = current_user()
    log = deliveries_of(me, webhook_id, request.args.get("cursor", "")[:500])
    return render_template(
        "pages/webhook.html", page="webhooks", hook=webhook_seen_by(me, webhook_id), log=log, tones=TONES, clock=clock()
    )


@integrations.post("/webhooks/<int:webhook_id>/")
@for_admins
def decide(webhook_id: int) -> ResponseReturnValue:
    """The button that was pressed says what to do."""
    match request.form.get("do", ""):
        case "delete":
            delete_webhook(webhook_id, actor())
        case "rest" | "wake" as wanted:
            change_webhook(webhook_id, actor(), is_active=wanted == "wake")
        case _:
            raise Invalid("do", "a webhook is deleted, laid to rest, or woken")
    db.session.commit()
    return redirect(url_for("integrations.webhooks"), 303)


@integrations.post("/webhooks/<int:webhook_id>/deliveries/<uuid:delivery_id>/replay/")
@for_admins
def replay(webhook_id: int, delivery_id: UUID) -> ResponseReturnValue:
    replay_delivery(webhook_id, delivery_id, actor())
    db.session.commit()
    return redirect(url_for("integrations.webhook", webhook_id=webhook_id), 303)


def shown(secret: str = "", trouble: str = "") -> str:
    me = current_user()
    return render_template(
        "pages/webhooks.html",
        page="webhooks",
        hooks=webhooks_seen_by(me),
        troubles=troubles_of(me),
        kinds=KINDS,
        secret=secret,
        trouble=trouble,
    )
