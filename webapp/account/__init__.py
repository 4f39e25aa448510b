"""Everybody's own account: name, password, address, sign-ins, second factor."""

from flask import Flask

from webapp.account import at_work, my_data, pages, preferences, second_factor
from webapp.account.blueprint import account

WITH_VIEWS = (pages, second_factor, at_work, preferences, my_data)


def init_app(app: Flask) -> None:
    assert WITH_VIEWS, "these modules put their views on the blueprint when they are loaded"
    app.register_blueprint(account)
    app.jinja_env.globals["at_work"] = at_work.work_of_reader
