"""Live pages: one relay reads the event log, one bounded queue feeds each socket."""

from flask import Flask

from models.app import settings_of
from webapp.live import sockets
from webapp.live.hub import Hub
from webapp.live.presence import Announcer
from webapp.live.relay import Relay

LEAST_FREE, FREE_SHARE = 4, 8
"""Threads that no socket may take, so that pages are answered however many windows are open: an eighth, at least 4."""


def init_app(app: Flask, rights_are_fresh: float) -> None:
    settings = settings_of(app)
    hub = Hub(room_for_sockets(settings.web_threads), Announcer(settings.redis_url))
    app.extensions["postroom.hub"] = hub
    app.extensions["postroom.relay"] = Relay(app, hub)
    sockets.init_app(app, rights_are_fresh)


def room_for_sockets(threads: int) -> int:
    """How many sockets a process of so many threads may hold; each takes one of them for as long as it is open."""
    return threads - max(LEAST_FREE, threads // FREE_SHARE)
