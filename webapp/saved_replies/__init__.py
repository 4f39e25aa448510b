"""Saved replies in the browser: the pages where they are kept, and the list that `/` opens in the composer."""

from flask import Flask

from webapp.saved_replies import composer, pages
from webapp.saved_replies.blueprint import saved

VIEWS_OF = (composer, pages)


def init_app(app: Flask) -> None:
    assert VIEWS_OF
    app.register_blueprint(saved)
