"""Mail flow: every accepted mail, what it became, and why."""

from flask import Flask

from webapp.mail_flow.pages import mail_flow


def init_app(app: Flask) -> None:
    app.register_blueprint(mail_flow)
