"""Pages for what other programs do with the desk: API tokens for scripts, webhooks for servers."""

from flask import Flask

from webapp.integrations import tokens, webhooks
from webapp.integrations.blueprint import integrations

WITH_VIEWS = (tokens, webhooks)


def init_app(app: Flask) -> None:
    assert WITH_VIEWS, "these modules put their views on the blueprint when they are loaded"
    app.register_blueprint(integrations)
