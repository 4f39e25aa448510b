"""The outbox: every mail that goes out, how it fares, and what an administrator does about it."""

from flask import Flask

from webapp.outbox.pages import outbox
from webapp.sidebar import sidebar_figures


def init_app(app: Flask) -> None:
    app.register_blueprint(outbox)
    app.jinja_env.globals["outbox_troubles"] = outbox_troubles


def outbox_troubles() -> int | None:
    """For the sidebar: how many mails have trouble; None for whoever has no outbox to look at."""
    return sidebar_figures().outbox
