"""The portal: a customer's own requests, read and answered in the browser."""

from flask import Flask

from webapp.portal.pages import portal


def init_app(app: Flask) -> None:
    app.register_blueprint(portal)
