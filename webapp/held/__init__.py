"""Held mail: what was set aside, why, and what to do with it."""

from flask import Flask

from webapp.held.pages import held
from webapp.sidebar import sidebar_figures


def init_app(app: Flask) -> None:
    app.register_blueprint(held)
    app.jinja_env.globals["held_mails"] = held_mails


def held_mails() -> int:
    """For the sidebar: how many mails wait for somebody to look at them, and notices for this reader."""
    return sidebar_figures().held
