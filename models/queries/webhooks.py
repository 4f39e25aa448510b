"""Webhooks and their logs, for administrators."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, func, select, true

from models.database import db
from models.errors import NotFound
from models.people import Role, User
from models.queries.keysets import Order, Slice, as_moment, slice_of
from models.webhook import DeliveryState, Webhook, WebhookDelivery


def may_manage(viewer: User) -> ColumnElement[bool]:
    return true() if viewer.role == Role.ADMIN and viewer.is_active else false()


def webhooks_seen_by(viewer: User) -> Sequence[Webhook]:
    """Every webhook, by name."""
    return db.session.scalars(select(Webhook).where(may_manage(viewer)).order_by(Webhook.name, Webhook.id)).all()


def webhook_seen_by(viewer: User, webhook_id: int) -> Webhook:
    """One of them. Raises `NotFound`."""
    webhook = db.session.scalar(select(Webhook).where(Webhook.id == webhook_id, may_manage(viewer)))
    if webhook is None:
        raise NotFound("there is no such webhook, or it is not yours to see")
    return webhook


def deliveries_of(viewer: User, webhook_id: int, cursor: str = "", size: int = 50) -> Slice:
    """A page of the webhook's log, newest first."""
    wanted = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id, may_manage(viewer))
    return slice_of(wanted, Order("deliveries", WebhookDelivery.created_at, WebhookDelivery.event_id, True, as_moment), cursor, size)


def troubles_of(viewer: User) -> dict[int, int]:
    """How many deliveries of each webhook were given up or are being tried again."""
    states = (DeliveryState.FAILED, DeliveryState.RETRY)
    wanted = select(WebhookDelivery.webhook_id, func.count()).where(WebhookDelivery.state.in_(states), may_manage(viewer))
    return dict(db.session.execute(wanted.group_by(WebhookDelivery.webhook_id)).all())
