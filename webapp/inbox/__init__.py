"""The inbox: views, list and conversation, and everything an agent does from there."""

from flask import Flask

from webapp.auth import current_user
from webapp.inbox import (
    attachments,
    attention,
    bulk,
    composer,
    deliveries,
    drafting,
    frames,
    holds,
    lists,
    merging,
    message_views,
    moving,
    pages,
    palette,
    people,
    remote_pictures,
    saved_views,
    search,
    ticket_fields,
    tracing,
)
from webapp.inbox.blueprint import inbox
from webapp.inbox.desk import sidebar
from webapp.inbox.looking import ORDERS
from webapp.inbox.view_models import Face, face_of_user

WITH_VIEWS = (
    pages, lists, composer, drafting, deliveries, ticket_fields, frames, attachments, tracing, moving, holds, search, remote_pictures,
    people, message_views, palette, attention, bulk, merging, saved_views,
)  # fmt: skip


def init_app(app: Flask) -> None:
    assert WITH_VIEWS, "these modules put their views on the blueprint when they are loaded"
    remote_pictures.prepare(app)
    app.register_blueprint(inbox)
    app.jinja_env.globals.update(signed_in_face=signed_in_face, current_user=current_user, sidebar=sidebar)
    app.jinja_env.globals.update(bulk_under_way=bulk.bulk_under_way, bulk_choices=bulk.bulk_choices, list_orders=ORDERS)
    app.jinja_env.globals["ticket_addresses"] = lists.ticket_addresses


def signed_in_face() -> Face:
    """The reader's own mark, for the foot of the sidebar."""
    return face_of_user(current_user())
