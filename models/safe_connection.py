"""Connections to where strangers send us: to public addresses only, to the very address that was looked at, for so long.

The name is looked up once, every address it has must be allowed, and the connection goes to one of those very
addresses: a name that points elsewhere a moment later leads nowhere (DNS rebinding, mail-safety H-108).
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Self

# Ways in which an IPv6 address means an IPv4 one: NAT64 and 6to4 (RFC 6052, RFC 3056).
DISGUISES = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))

Resolve = Callable[[str, int], list[str]]


class NotAllowed(Exception):
    """The address leads to where we do not go."""


class Deadline:
    """A moment at which every connection it watches is hung up, whatever step it is at.

    A timeout of a socket counts anew with each octet: a server that sends one a second would hold us for hours.
    """

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.wires: list[socket.socket] = []
        self.timer = threading.Timer(seconds, self.hang_up)
        self.timer.daemon = True

    def __enter__(self) -> Self:
        self.timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()
        for wire in self.wires:
            wire.close()

    def watches(self, wire: socket.socket) -> None:
        """By a second handle of the same connection, which TLS cannot take over. Raises `TimeoutError` when it is late."""
        if self.left <= 0:
            raise TimeoutError("the time is over")
        self.wires.append(wire.dup())

    def hang_up(self) -> None:
        for wire in list(self.wires):
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other side has hung up already

    @property
    def left(self) -> float:
        """Seconds."""
        return self.ends - time.monotonic()


def addresses_of(host: str, port: int) -> list[str]:
    """Every address of the name. Raises `OSError` where it has none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether the address belongs to the open internet: not ours, not our neighbours', not a cloud's own service."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if any(found in disguise for disguise in DISGUISES if disguise.version == found.version):
        return False
    return found.is_global and not found.is_multicast


def allowed_address(addresses: list[str], private_too: bool, setting: str, public: Callable[[str], bool] = is_public) -> str:
    """The first of them, if we may go to all of them; `setting` is what would allow it. Raises `NotAllowed`."""
    if not addresses:
        raise NotAllowed("this name has no address")
    if not private_too and not all(public(each) for each in addresses):
        raise NotAllowed(f"this name leads into a private network, and {setting} is not set")
    return addresses[0]


def connection_to(
    scheme: str, host: str, port: int, address: str, seconds: float, deadline: Deadline | None = None
) -> http.client.HTTPConnection:
    """A connection that speaks to `host`, certificate and all, at that very address; `seconds` for each step."""
    connection = (
        http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
        if scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=seconds)
    )

    def dial(_where: object, *rest: object) -> socket.socket:
        wire = socket.create_connection((address, port), *rest)  # type: ignore[arg-type]
        if deadline is not None:
            deadline.watches(wire)
        return wire

    # The library's own seam for where a connection goes; the name stays in the Host header and the handshake.
    connection._create_connection = dial  # type: ignore[attr-defined]
    return connection
