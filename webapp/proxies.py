"""Forwarded headers, believed only from the proxies named in `TRUSTED_PROXIES`."""

from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from models.app import settings_of
from models.errors import SettingsError

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def init_app(app: Flask) -> None:
    trusted = settings_of(app).trusted_proxies
    if trusted:
        app.wsgi_app = BehindProxies(app.wsgi_app, trusted)  # type: ignore[method-assign]


class BehindProxies:
    """Takes client address, scheme and host from a trusted proxy's headers; from anybody else they are only text."""

    def __init__(self, app: WsgiApp, trusted: Sequence[str]) -> None:
        self.direct = app
        self.forwarded = ProxyFix(app, x_for=1, x_proto=1, x_host=1)  # type: ignore[arg-type]
        try:
            self.trusted = [ip_network(each, strict=False) for each in trusted]
        except ValueError as trouble:
            raise SettingsError(f"TRUSTED_PROXIES: {trouble}") from None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self.forwarded if self.comes_from_a_proxy(environ.get("REMOTE_ADDR", "")) else self.direct
        return answer(environ, start_response)

    def comes_from_a_proxy(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.trusted)
