"""Tells webhooks what has happened: the log of events becomes deliveries, and each is claimed, posted, settled.

Postgres is the queue and every step is committed before the next. Whoever calls needs an application context of his own.
"""

import logging
import os
import socket

from flask import Flask, current_app
from sqlalchemy import exists, select

from jobs.hook_transport import Said, tell
from jobs.outbound import is_stopping
from models.actions.webhook_deliveries import (
    Parcel,
    claim_delivery,
    has_webhooks,
    is_due,
    mark_delivered,
    mark_failed,
    spread_events,
)
from models.app import settings_of
from models.database import db

log = logging.getLogger(__name__)

MOST_ROUNDS = 200  # parcels of one call, so that new events are looked at again


def tell_webhooks() -> None:
    """The job, and what a worker does by itself: spread what is new, then send all that is due."""
    while spread_events():
        db.session.commit()
    db.session.commit()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    for _ in range(MOST_ROUNDS):
        parcel = None if is_stopping(app) else claim_delivery(f"{socket.gethostname()}:{os.getpid()}")
        db.session.commit()
        if parcel is None:
            return
        deliver(parcel)


def deliver(parcel: Parcel) -> None:
    """One try, and what became of it."""
    private_too = settings_of(current_app).webhook_private_addresses
    said = tell(parcel.url, parcel.secret, parcel.id, parcel.kind, parcel.payload, private_too=private_too)
    if not settle(parcel, said):
        log.warning("webhook delivery %s: the lease was lost; another worker has it", parcel.id)
    db.session.commit()
    log.info("webhook delivery %s: %s %s", parcel.id, said.status, said.detail)


def settle(parcel: Parcel, said: Said) -> bool:
    if said.is_taken and said.status is not None:
        return mark_delivered(parcel, said.status)
    return mark_failed(parcel, said.status, said.detail)


def webhooks_wait() -> bool:
    """Whether there may be anything to tell: for the sweep."""
    return has_webhooks() or bool(db.session.scalar(select(exists().where(is_due()))))
