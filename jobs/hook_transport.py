"""Tells another server of an event: one POST, signed, to public addresses only, without following redirects.

The name is looked up once, every address it has must be allowed, and the connection goes to one of those very
addresses: a name that points elsewhere a moment later leads nowhere (DNS rebinding).
"""

import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

SECONDS = 10  # for each step: to connect, to be answered
MOST_READ = 16_384  # octets of an answer; nobody reads them, they only have to go by

# Ways in which an IPv6 address means an IPv4 one: NAT64 and 6to4 (RFC 6052, RFC 3056).
DISGUISES = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))

Resolve = Callable[[str, int], list[str]]


class NotAllowed(Exception):
    """The address leads to where we do not go."""


@dataclass(frozen=True)
class Said:
    """How it went. `status` is None where nobody answered."""

    status: int | None
    detail: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def tell(
    url: str, secret: str, delivery_id: UUID, kind: str, payload: Mapping[str, Any], *, private_too: bool, resolve: "Resolve | None" = None
) -> Said:
    """POST the event. Never raises for what the other side or its name does."""
    body = json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Postroom-Webhooks",
        "Postroom-Event": kind,
        "Postroom-Delivery": str(delivery_id),
        "Postroom-Signature": signature(secret, body, int(time.time())),
    }
    try:
        return post(url, body, headers, private_too, resolve or addresses_of)
    except NotAllowed as refused:
        return Said(None, str(refused))
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as trouble:
        return Said(None, f"no answer: {type(trouble).__name__}")


def signature(secret: str, body: bytes, moment: int) -> str:
    """`t=<Unix time>,v1=<hex HMAC-SHA256 of "t.body">`: whoever checks it refuses what is old as well."""
    told = hmac.digest(secret.encode(), f"{moment}.".encode() + body, "sha256").hex()
    return f"t={moment},v1={told}"


def post(url: str, body: bytes, headers: Mapping[str, str], private_too: bool, resolve: Resolve) -> Said:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = allowed_address(resolve(parts.hostname or "", port), private_too)
    connection = connection_to(parts.scheme, parts.hostname or "", port, address)
    try:
        connection.request("POST", parts._replace(scheme="", netloc="").geturl() or "/", body, dict(headers))
        answer = connection.getresponse()
        answer.read(MOST_READ)
        return Said(answer.status, "" if answer.status < 300 else said_of(answer.status))
    finally:
        connection.close()


def said_of(status: int) -> str:
    """What a refusal means, without a word of the other side's."""
    return "it sends us elsewhere, and we follow nobody" if status < 400 else f"it answered {status}"


def addresses_of(host: str, port: int) -> list[str]:
    """Every address of the name. Raises `OSError` where it has none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def allowed_address(addresses: list[str], private_too: bool) -> str:
    """The first of them, if we may go to all of them. Raises `NotAllowed`."""
    if not addresses:
        raise NotAllowed("this name has no address")
    if not private_too and not all(is_public(each) for each in addresses):
        raise NotAllowed("this name leads into a private network, and WEBHOOK_PRIVATE_ADDRESSES is not set")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether the address belongs to the open internet: not ours, not our neighbours', not a cloud's own service."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if any(found in disguise for disguise in DISGUISES if disguise.version == found.version):
        return False
    return found.is_global and not found.is_multicast


def connection_to(scheme: str, host: str, port: int, address: str) -> http.client.HTTPConnection:
    """A connection that speaks to `host`, certificate and all, at that very address."""
    connection = (
        http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
        if scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=SECONDS)
    )
    # The library's own seam for where a connection goes; the name stays in the Host header and the handshake.
    connection._create_connection = lambda _where, *rest: socket.create_connection((address, port), *rest)  # type: ignore[attr-defined]
    return connection
