"""The start page: where each kind of person belongs."""

from flask import Blueprint, Flask, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.auth import current_user, signed_in

pages = Blueprint("home", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/")
@signed_in
def start() -> ResponseReturnValue:
    if current_user().is_staff:
        return redirect(url_for("inbox.index"))
    return redirect(url_for("portal.requests"))
