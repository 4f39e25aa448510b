"""Forwarded headers count from a trusted proxy, and are only text from anybody else."""

from collections.abc import Iterable
from typing import Any

import pytest

from models.errors import SettingsError
from webapp.proxies import BehindProxies

CLAIMS = {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "desk.example"}


def seen_from(peer: str, *trusted: str) -> dict[str, Any]:
    """What the application is told when `peer` makes the claims."""
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.update(environ)
        return []

    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "inside", "SERVER_NAME": "inside", "SERVER_PORT": "80"}
    list(BehindProxies(application, trusted)({**environ, **CLAIMS}, None))
    return seen


@pytest.mark.parametrize("peer", ["10.0.0.1", "10.0.0.77"])
def test_a_trusted_proxy_speaks_for_its_client(peer: str) -> None:
    seen = seen_from(peer, "10.0.0.0/24")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == ("203.0.113.9", "https", "desk.example")


@pytest.mark.parametrize("peer", ["10.0.1.1", "127.0.0.1", "203.0.113.9", "", "unix:"])
def test_a_stranger_speaks_for_nobody(peer: str) -> None:
    """H-145"""
    seen = seen_from(peer, "10.0.0.0/24")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == (peer, "http", "inside")


def test_a_wrong_address_is_told_at_the_start() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        seen_from("10.0.0.1", "the proxy")
