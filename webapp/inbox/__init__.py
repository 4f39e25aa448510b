"""The inbox: views, list and conversation, and everything an agent does from there."""

from flask import Flask

from webapp.auth import current_user
from webapp.inbox import (
    attachments,
    composer,
    deliveries,
    drafting,
    frames,
    holds,
    lists,
    moving,
    pages,
    palette,
    search,
    ticket_fields,
    tracing,
)
from webapp.inbox.blueprint import inbox
from webapp.inbox.desk import sidebar
from webapp.inbox.view_models import Face, face_of_user

WITH_VIEWS = (
    pages, lists, composer, drafting, deliveries, ticket_fields, frames, attachments, tracing, moving, holds, search, palette
)


def init_app(app: Flask) -> None:
    assert WITH_VIEWS, "these modules put their views on the blueprint when they are loaded"
    app.register_blueprint(inbox)
    app.jinja_env.globals.update(signed_in_face=signed_in_face, current_user=current_user, sidebar=sidebar)


def signed_in_face() -> Face:
    """The reader's own mark, for the foot of the sidebar."""
    return face_of_user(current_user())
