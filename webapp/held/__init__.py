"""Held mail: what was set aside, why, and what to do with it."""

from flask import Flask

from webapp.held.pages import held


def init_app(app: Flask) -> None:
    app.register_blueprint(held)
