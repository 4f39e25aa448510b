"""Held mail: what was set aside, why, and what to do with it."""

from flask import Flask

from models.queries.held import held_count
from models.queries.links import unread_notices
from webapp.auth import current_user
from webapp.held.pages import held
from webapp.inbox.blueprint import visibility


def init_app(app: Flask) -> None:
    app.register_blueprint(held)
    app.jinja_env.globals["held_mails"] = held_mails


def held_mails() -> int:
    """For the sidebar: how many mails wait for somebody to look at them, and notices for this reader."""
    return held_count(current_user(), visibility()) + len(unread_notices(current_user().id))
