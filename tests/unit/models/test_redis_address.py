"""Reading REDIS_URL in all its forms; no server is asked."""

import pytest
from redis.connection import SSLConnection
from redis.sentinel import SentinelConnectionPool

from models.errors import SettingsError
from models.redis_address import redis_at


@pytest.mark.parametrize(
    "url, expected",
    [
        ("redis://127.0.0.1:6390/3", {"host": "127.0.0.1", "port": 6390, "db": 3}),
        ("redis://:secret@cache", {"host": "cache", "password": "secret"}),
        ("unix:///run/redis.sock?db=2", {"path": "/run/redis.sock", "db": 2}),
        ("rediss://cache:6380/1?ssl_ca_certs=/etc/ca.pem", {"host": "cache", "port": 6380, "ssl_ca_certs": "/etc/ca.pem"}),
    ],
)
def test_one_server(url: str, expected: dict[str, object]) -> None:
    pool = redis_at(url, socket_timeout=0.1).connection_pool
    assert {name: pool.connection_kwargs.get(name) for name in expected} == expected
    assert pool.connection_kwargs["socket_timeout"] == 0.1
    assert issubclass(pool.connection_class, SSLConnection) == url.startswith("rediss")


@pytest.mark.parametrize(
    "url, service, sentinels",
    [
        ("redis+sentinel://a:1,b:2/desk", "desk", [("a", 1), ("b", 2)]),
        ("redis+sentinel://a,b/desk/4", "desk", [("a", 26379), ("b", 26379)]),
        ("redis+sentinel://u:p%40@[::1]:9/desk", "desk", [("::1", 9)]),
        ("rediss+sentinel://[::1]/desk", "desk", [("::1", 26379)]),
    ],
)
def test_sentinel(url: str, service: str, sentinels: list[tuple[str, int]]) -> None:
    pool = redis_at(url, socket_timeout=0.1).connection_pool
    assert isinstance(pool, SentinelConnectionPool) and pool.is_master
    assert pool.service_name == service
    asked = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"]) for each in asked] == sentinels


def test_passwords_go_where_they_belong() -> None:
    pool = redis_at("redis+sentinel://u:p%40@a/desk?sentinel_password=s").connection_pool
    assert (pool.connection_kwargs["username"], pool.connection_kwargs["password"]) == ("u", "p@")
    assert pool.sentinel_manager.sentinels[0].connection_pool.connection_kwargs["password"] == "s"


@pytest.mark.parametrize(
    "url", ["redis+sentinel://a:1", "redis+sentinel:///desk", "redis+sentinel://a:x/desk", "redis+sentinel://a/desk/x", "http://a"]
)
def test_an_address_nobody_can_read_is_told_in_words(url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        redis_at(url)
