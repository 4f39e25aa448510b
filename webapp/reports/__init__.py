"""Reports: how the desk does, in figures that say how they were counted and which tickets stand behind them."""

from flask import Flask

from webapp.reports.pages import reports


def init_app(app: Flask) -> None:
    app.register_blueprint(reports)
