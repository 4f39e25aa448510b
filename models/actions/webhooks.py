"""Webhooks: made, changed, deleted by administrators; and a delivery sent once more."""

import secrets
from collections.abc import Collection
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select

from models.actions.audit import note_in_audit, values_of
from models.actions.webhook_deliveries import begin_reading
from models.actor import Actor
from models.database import db
from models.errors import Forbidden, Invalid, NotFound
from models.events import DeliveryChanged, MessageCreated, StatusChanged, TicketAssigned, TicketCreated, TicketUpdated
from models.people import Role
from models.text import clean_text
from models.webhook import Webhook, WebhookDelivery

KINDS = tuple(
    event.kind for event in (TicketCreated, TicketAssigned, StatusChanged, TicketUpdated, MessageCreated, DeliveryChanged)
)
AUDITED = ("name", "url", "kinds", "is_active")
MAX_URL = 2000
SECRET_PREFIX = "whsec_"


def make_webhook(name: str, url: str, kinds: Collection[str], actor: Actor) -> tuple[Webhook, str]:
    """A webhook and the secret that signs what it is sent, which is told now and never again. Raises `Invalid`, `Forbidden`."""
    refuse_others(actor)
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    webhook = Webhook(
        name=clean_name(name), url=clean_url(url), kinds=clean_kinds(kinds), secret=secret, created_by_id=actor.id
    )
    db.session.add(webhook)
    db.session.flush()
    begin_reading()
    note_in_audit(actor, "webhook.made", "webhook", webhook.id, webhook.name, after=values_of(webhook, ("name", "url", "kinds")))
    return webhook, secret


def change_webhook(
    webhook_id: int,
    actor: Actor,
    *,
    name: str | None = None,
    url: str | None = None,
    kinds: Collection[str] | None = None,
    is_active: bool | None = None,
) -> Webhook:
    """Change what is not None. Raises `Invalid`, `NotFound`, `Forbidden`."""
    refuse_others(actor)
    webhook = webhook_with_id(webhook_id)
    before = values_of(webhook, AUDITED)
    if name is not None:
        webhook.name = clean_name(name)
    if url is not None:
        webhook.url = clean_url(url)
    if kinds is not None:
        webhook.kinds = clean_kinds(kinds)
    if is_active is not None:
        webhook.is_active = is_active
    note_in_audit(
        actor, "webhook.changed", "webhook", webhook.id, webhook.name, before=before, after=values_of(webhook, AUDITED)
    )
    return webhook


def delete_webhook(webhook_id: int, actor: Actor) -> None:
    """Forget the webhook and its log. Raises `NotFound`, `Forbidden`."""
    refuse_others(actor)
    webhook = webhook_with_id(webhook_id)
    note_in_audit(actor, "webhook.deleted", "webhook", webhook.id, webhook.name, before=values_of(webhook, AUDITED))
    db.session.delete(webhook)


def replay_delivery(webhook_id: int, delivery_id: UUID, actor: Actor) -> WebhookDelivery:
    """Send the same event once more, as a delivery of its own. Raises `NotFound`, `Forbidden`."""
    refuse_others(actor)
    first = db.session.get(WebhookDelivery, delivery_id)
    if first is None or first.webhook_id != webhook_id:
        raise NotFound("there is no such delivery")
    db.session.get(Webhook, webhook_id, with_for_update=True)  # two that ask at once get two numbers
    same = (WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.event_id == first.event_id)
    times = db.session.scalar(select(func.max(WebhookDelivery.replay)).where(*same)) or 0
    again = WebhookDelivery(
        webhook_id=webhook_id, event_id=first.event_id, replay=times + 1, kind=first.kind, payload=first.payload
    )
    db.session.add(again)
    db.session.flush()
    note_in_audit(actor, "webhook.replayed", "webhook", webhook_id, after={"delivery": first.id})
    return again


def webhook_with_id(webhook_id: int) -> Webhook:
    webhook = db.session.get(Webhook, webhook_id)
    if webhook is None:
        raise NotFound("there is no such webhook")
    return webhook


def refuse_others(actor: Actor) -> None:
    if actor.role != Role.ADMIN:
        raise Forbidden("webhooks are for administrators")


def clean_name(name: str) -> str:
    name = " ".join(clean_text(name, 100).split())
    if not name:
        raise Invalid("name", "a webhook needs a name")
    return name


def clean_url(url: str) -> str:
    """The address as it will be asked. Where it leads is looked at each time, for names may change what they stand for."""
    url = url.strip()
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid("url", "an address of plain letters, such as https://example.com/hook")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is none
    except ValueError:
        raise Invalid("url", "this is no web address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid("url", "an address that begins with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise Invalid("url", "no user name or password in the address: what we send is signed")
    return parts._replace(fragment="").geturl()


def clean_kinds(kinds: Collection[str]) -> list[str]:
    if not kinds or set(kinds) - set(KINDS):
        raise Invalid("events", f"choose at least one of {', '.join(KINDS)}")
    return [kind for kind in KINDS if kind in kinds]
