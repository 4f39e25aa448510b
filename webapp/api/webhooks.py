"""Webhooks: addresses that are told of events, and the log of what they were told. For administrators."""

from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from models.actions.webhooks import KINDS, change_webhook, delete_webhook, make_webhook, replay_delivery
from models.api_token import Scope
from models.database import db
from models.queries.webhooks import deliveries_of, webhook_seen_by, webhooks_seen_by
from models.webhook import Webhook
from webapp.api.callers import Who, caller
from webapp.api.calls import call
from webapp.api.shapes import Moment, PageWanted, Sent, Told

EventKind = StrEnum("EventKind", {kind.replace(".", "_").upper(): kind for kind in KINDS})  # type: ignore[misc]


class WebhookShape(Told):
    id: int
    name: str
    url: str
    events: list[EventKind]
    is_active: bool
    created_at: Moment


class WebhookList(Told):
    results: list[WebhookShape]


class NewWebhook(Sent):
    name: str = Field(min_length=1, max_length=100)
    url: str = Field(min_length=1, max_length=2000, description="https:// or http://; it has to lead to a public address")
    events: list[EventKind] = Field(min_length=1)


class WebhookChange(Sent):
    """What is left out, or null, stays as it is."""

    name: str | None = Field(None, min_length=1, max_length=100)
    url: str | None = Field(None, min_length=1, max_length=2000)
    events: list[EventKind] | None = Field(None, min_length=1)
    is_active: bool | None = None


class MadeWebhook(WebhookShape):
    """The secret is told here, and never again."""

    secret: str


class WebhookDeliveryShape(Told):
    """One event, sent to one webhook."""

    id: UUID
    kind: str
    payload: dict[str, Any]
    state: Literal["queued", "leased", "retry", "delivered", "failed"]
    attempts: int
    last_status: int | None
    last_detail: str
    created_at: Moment
    next_attempt_at: Moment
    delivered_at: Moment | None


class WebhookLog(Told):
    results: list[WebhookDeliveryShape]
    next: str | None
    previous: str | None


@call("GET", "/admin/webhooks/", who=Who.ADMIN, scope=Scope.ADMIN_READ, answers={200: WebhookList})
def list_webhooks() -> WebhookList:
    """Every webhook."""
    return WebhookList(results=[webhook_shape(each) for each in webhooks_seen_by(caller().user)])


@call("POST", "/admin/webhooks/", who=Who.ADMIN, scope=Scope.ADMIN_WRITE, answers={201: MadeWebhook})
def create_webhook(body: NewWebhook) -> MadeWebhook:
    """Tell an address of events from now on.

    Each is a POST of ids and kinds, signed: `Postroom-Signature: t=…,v1=…` holds HMAC-SHA256 of `t.body` under the
    secret. What is not answered with 2xx is tried again for about three days.
    """
    webhook, secret = make_webhook(body.name, body.url, body.events, caller().actor)
    db.session.commit()
    return MadeWebhook(**webhook_shape(webhook).model_dump(), secret=secret)


@call("PATCH", "/admin/webhooks/<int:webhook_id>/", who=Who.ADMIN, scope=Scope.ADMIN_WRITE, answers={200: WebhookShape})
def edit_webhook(webhook_id: int, body: WebhookChange) -> WebhookShape:
    """Change a webhook, or let it rest."""
    webhook = change_webhook(webhook_id, caller().actor, name=body.name, url=body.url, kinds=body.events, is_active=body.is_active)
    db.session.commit()
    return webhook_shape(webhook)


@call("DELETE", "/admin/webhooks/<int:webhook_id>/", who=Who.ADMIN, scope=Scope.ADMIN_WRITE, answers={204: None})
def remove_webhook(webhook_id: int) -> tuple[None, int]:
    """Forget a webhook and its log."""
    delete_webhook(webhook_id, caller().actor)
    db.session.commit()
    return None, 204


@call("GET", "/admin/webhooks/<int:webhook_id>/deliveries/", who=Who.ADMIN, scope=Scope.ADMIN_READ, answers={200: WebhookLog})
def list_deliveries(webhook_id: int, query: PageWanted) -> WebhookLog:
    """What a webhook was told, newest first."""
    webhook_seen_by(caller().user, webhook_id)
    found = deliveries_of(caller().user, webhook_id, query.cursor, query.page_size)
    told = [WebhookDeliveryShape.model_validate(each) for each in found.rows]
    return WebhookLog(results=told, next=found.next, previous=found.previous)


@call(
    "POST",
    "/admin/webhooks/<int:webhook_id>/deliveries/<uuid:delivery_id>/replay/",
    who=Who.ADMIN,
    scope=Scope.ADMIN_WRITE,
    answers={201: WebhookDeliveryShape},
)
def replay_webhook_delivery(webhook_id: int, delivery_id: UUID) -> WebhookDeliveryShape:
    """Send one event once more."""
    again = replay_delivery(webhook_id, delivery_id, caller().actor)
    db.session.commit()
    return WebhookDeliveryShape.model_validate(again)


def webhook_shape(webhook: Webhook) -> WebhookShape:
    return WebhookShape(
        id=webhook.id,
        name=webhook.name,
        url=webhook.url,
        events=[EventKind(kind) for kind in webhook.kinds],
        is_active=webhook.is_active,
        created_at=webhook.created_at,
    )
