"""Redis by its address: one server, one behind TLS, or whichever of several Sentinel says is the master.

    redis://host:6379/0    rediss://:password@host:6380/0?ssl_ca_certs=/etc/ca.pem    unix:///run/redis.sock
    redis+sentinel://:password@host1:26379,host2:26379/SERVICE/0?sentinel_password=…
    rediss+sentinel://…    the same, the master behind TLS
"""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import SSLConnection
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelManagedConnection

from models.errors import SettingsError

SENTINEL_PORT = 26379
SENTINEL_SECONDS = 1.0  # each of them is asked in turn: one that is down must not cost much
FORM = "REDIS_URL: write redis+sentinel://:password@host1:26379,host2:26379/SERVICE/0"


class ToTheMaster(SentinelManagedConnection):
    """Hangs up when an answer was not waited for to its end.

    The library's own keeps such a connection, and the next command on it would wait behind the last one, or get its answer.
    """

    def read_response(self, *args: Any, disconnect_on_error: bool | None = True, **options: Any) -> Any:
        return super().read_response(*args, disconnect_on_error=disconnect_on_error, **options)


class ToTheMasterOverTls(ToTheMaster, SSLConnection):
    """The same behind TLS."""


def redis_at(url: str, **options: Any) -> Redis:
    """A client that connects when it is first used. Raises `SettingsError` for an address nobody can read."""
    scheme = urlsplit(url).scheme
    if scheme in ("redis+sentinel", "rediss+sentinel"):
        return master_behind(url, **options)
    try:
        return Redis.from_url(url, **options)
    except ValueError as trouble:
        raise SettingsError(f"REDIS_URL: {trouble}") from None


def master_behind(url: str, **options: Any) -> Redis:
    """The master of the service, asked for anew at every connection."""
    parts = urlsplit(url)
    access, _, hosts = parts.netloc.rpartition("@")
    service, _, number = parts.path.strip("/").partition("/")
    if not service or not hosts or (number and not number.isdecimal()):
        raise SettingsError(FORM)
    user, _, password = access.partition(":")
    wanted = dict(parse_qsl(parts.query))
    asked = {"password": wanted.pop("sentinel_password", None), "username": wanted.pop("sentinel_username", None)}
    patience = min(SENTINEL_SECONDS, options.get("socket_connect_timeout", SENTINEL_SECONDS))
    asked |= {"socket_timeout": patience, "socket_connect_timeout": patience, "retry": Retry(NoBackoff(), 0)}
    sentinel = Sentinel([sentinel_at(host) for host in hosts.split(",")], sentinel_kwargs=asked)
    master: Redis = sentinel.master_for(
        unquote(service),
        connection_class=ToTheMasterOverTls if parts.scheme == "rediss+sentinel" else ToTheMaster,
        db=int(number or 0),
        username=unquote(user) or None,
        password=unquote(password) or None,
        **wanted,
        **options,
    )
    return master


def sentinel_at(host: str) -> tuple[str, int]:
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host.strip("[]"), SENTINEL_PORT
    if not port.isdecimal() or not name:
        raise SettingsError(FORM)
    return name.strip("[]"), int(port)
