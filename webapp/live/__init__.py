"""Live pages: one relay reads the event log, one bounded queue feeds each socket."""

from flask import Flask

from webapp.live import sockets
from webapp.live.hub import Hub
from webapp.live.relay import Relay


def init_app(app: Flask, rights_are_fresh: float) -> None:
    hub = Hub()
    app.extensions["postroom.hub"] = hub
    app.extensions["postroom.relay"] = Relay(app, hub)
    sockets.init_app(app, rights_are_fresh)
