"""A desk whose web is served for real, with Redis, and people who can sign in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue

from jobs.reactions import reactions
from models.actor import Actor
from models.database import db
from models.people import User
from models.settings import Settings
from models.passwords import hash_password
from tests.api import ApiClient, access_token
from tests.cast import PASSWORD, Desk, Writer, settings_for
from tests.web import BrowserTab, Socket, served, with_base
from webapp.factory import create_app

FRESH = 0.3  # seconds; thirty would be long for a test

HASH = hash_password(PASSWORD)


class WebDesk(Desk):
    """A desk with a web: the application `web`, served at `base`."""

    base: str
    web: Flask

    def tab(self, name: str = "") -> BrowserTab:
        """A browser tab, signed in as `name`."""
        tab = BrowserTab(self.base)
        if name:
            assert tab.signs_in(name, PASSWORD).status == 303
        return tab

    def script(self, who: Actor | Writer | None = None) -> ApiClient:
        """A script that uses the API, signed in as `who`."""
        return ApiClient(self.base, access_token(self.web, self.person(who)) if who else "")

    def socket(self, tab: BrowserTab, path: str = "/ws/inbox/") -> Socket:
        """A socket as a page of that tab opens it."""
        return Socket(self.base, path, cookie=tab.cookie_header("/ws/"), origin=self.base)


def break_down() -> ResponseReturnValue:
    raise ZeroDivisionError("secret detail")


@pytest.fixture
def make_web(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Callable[..., WebDesk]]:
    """Builds a desk with further settings and serves it for the length of the test."""
    with ExitStack() as at_the_end:

        def make(**settings: str) -> WebDesk:
            built = settings_for(database_url, tmp_path, **{"REDIS_URL": redis_url, **settings})
            desk = WebDesk(built, reactions(built))
            at_the_end.enter_context(desk.app.app_context())
            at_the_end.callback(forget_connections, desk)
            desk.open()
            db.session.execute(db.update(User).values(password_hash=HASH))
            db.session.commit()

            def web_at(base: str) -> Flask:
                desk.web = web_app(with_base(built, base), at_the_end)
                return desk.web

            desk.base = at_the_end.enter_context(served(web_at))
            return desk

        yield make


def web_app(settings: Settings, at_the_end: ExitStack) -> Flask:
    app = create_app(settings, reactions(settings), rights_are_fresh=FRESH)
    app.add_url_rule("/broken", view_func=break_down)
    at_the_end.callback(shut_down, app)
    return app


def shut_down(app: Flask) -> None:
    app.extensions["postroom.relay"].stop()
    with app.app_context():
        db.engine.dispose()


def forget_connections(desk: Desk) -> None:
    db.session.remove()
    db.engine.dispose()


@pytest.fixture
def desk(make_web: Callable[..., WebDesk]) -> WebDesk:
    """The usual one: agents see what is theirs."""
    return make_web()
