"""What the gate lets one client have, and all of them together: the figures, and who counts them.

Every figure is a requirement: whatever a stranger can make us hold has a bound in number, size and time.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

from models.blobs import BlobStore
from models.mail_volume import A_DAY, A_DAY_FROM_ONE, BIG
from models.object_blobs import blobs_at

MIB = 1024 * 1024
Network = IPv4Network | IPv6Network


def networks(*written: str) -> tuple[Network, ...]:
    """Networks from their usual spelling; a single address is a network of one."""
    return tuple(ip_network(text, strict=False) for text in written)


@dataclass(frozen=True)
class Limits:
    """Bounds in number, octets and seconds. The rule numbers are those of the table in README."""

    sessions: int = 1_000
    sessions_per_peer: int = 50
    sessions_per_peer_in_a_crowd: int = 2  # while three quarters of all sessions are taken
    new_sessions_per_peer_and_minute: int = 300
    line: int = 2_048  # octets of a command line
    commands: int = 10_000  # of one session
    idle_commands: int = 100  # NOOP, RSET, EHLO, VRFY and their like since the last mail
    unknown_commands: int = 3
    bad_lines: int = 3
    misses: int = 10  # unknown recipients of one session
    troubles: int = 3  # failures of ours in one session
    recipients: int = 100
    message: int = 25 * MIB
    received_lines: int = 50
    in_row: int = BIG  # octets up to which a mail lives in its row; beyond, in the blob store: a file is cheaper
    free_of_slot: int = 64 * 1024  # octets a body may have before it needs one of the slots
    body_slots: int = 64
    body_slots_per_peer: int = 8
    free_disk: int = 1024 * MIB  # beside twice the largest mail
    big: int = BIG  # octets up to which a mail is never put off for what the day has brought
    big_a_day: int = A_DAY  # octets of big mails within a day, beyond which a further one is put off
    big_a_day_from_one: int = A_DAY_FROM_ONE
    backlog: int = 100_000  # mails that wait to be filed, or were set aside and wait for an agent

    greeting_pause: float = 0.1  # seconds a stranger has to keep silent before the greeting
    command_seconds: float = 120
    body_stall_seconds: float = 180
    body_seconds: float = 900
    session_seconds: float = 1_800
    proxy_header_seconds: float = 5
    lookup_seconds: float = 2
    keep_seconds: float = 10
    drain_seconds: float = 20
    connect_seconds: float = 5

    queue_mails: int = 2_000  # waiting for a commit
    queue_octets: int = 64 * MIB
    positive_answer_seconds: float = 300  # how old a "yes, ours" may be
    directory_refresh_seconds: float = 30
    breaker_failures: int = 5
    breaker_window_seconds: float = 10
    breaker_probe_seconds: float = 2
    backlog_look_seconds: float = 5


@dataclass(frozen=True)
class GateSettings:
    """All a gate needs to know. `relays` are machines of our own, to which no per-peer bound applies."""

    database_url: str
    blob_root: Path
    host: str = "127.0.0.1"
    port: int = 2525
    shares_port: bool = False  # with other gates on this machine; otherwise a port in use is an error
    hostname: str = "localhost"
    gateway: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    reply_domain: str = ""
    bounce_domain: str = ""
    balancers: tuple[Network, ...] = ()
    relays: tuple[Network, ...] = field(default_factory=lambda: networks("127.0.0.0/8", "::1"))
    attachments_url: str = field(default="", repr=False)  # where large mails are kept; '': in `blob_root`
    limits: Limits = Limits()

    @cached_property
    def blobs(self) -> BlobStore:
        """Where large mails are kept. Raises `SettingsError` for an address nobody can read."""
        return blobs_at(self.blob_root, self.attachments_url)


@lru_cache(maxsize=4_096)
def peer_group(peer: str) -> str:
    """Who counts as one client: an IPv4 address, or an IPv6 /64, all of which one person may own."""
    address = ip_address(peer)
    if not isinstance(address, IPv6Address):
        return peer
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))


@lru_cache(maxsize=4_096)
def is_within(peer: str, ranges: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of the networks; an IPv4 address in IPv6 clothes counts as itself."""
    address = ip_address(peer)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in ranges)


class Doorkeeper:
    """Counts the sessions of each peer and remembers who behaved. Lives in the event loop's thread."""

    REMEMBERED = 10_000
    REMEMBERED_SECONDS = 3_600.0

    def __init__(self, limits: Limits, relays: tuple[Network, ...], clock: Callable[[], float]) -> None:
        self._limits = limits
        self._relays = relays
        self._clock = clock
        self._inside: Counter[str] = Counter()
        self._arrivals: dict[str, deque[float]] = {}
        self._known: dict[str, float] = {}
        self._next_sweep = clock() + 60.0

    @property
    def sessions(self) -> int:
        return self._inside.total()

    @property
    def noted(self) -> int:
        """Of how many clients it has noted when they came; those of the last minutes."""
        return len(self._arrivals)

    def admits(self, peer: str) -> bool:
        """Whether the peer may come in; if so it counts as inside until `leaves`."""
        group = peer_group(peer)
        if self.sessions >= self._limits.sessions:
            return False
        if not is_within(peer, self._relays) and not self._within_own_bounds(group):
            return False
        self._inside[group] += 1
        return True

    def leaves(self, peer: str) -> None:
        group = peer_group(peer)
        self._inside[group] -= 1
        if self._inside[group] <= 0:
            del self._inside[group]

    def remember(self, peer: str) -> None:
        """The peer has delivered a mail: it need not wait for the greeting for an hour."""
        group = peer_group(peer)
        self._known.pop(group, None)
        self._known[group] = self._clock() + self.REMEMBERED_SECONDS
        if len(self._known) > self.REMEMBERED:
            del self._known[next(iter(self._known))]

    def knows(self, peer: str) -> bool:
        return self._known.get(peer_group(peer), 0.0) > self._clock()

    def _within_own_bounds(self, group: str) -> bool:
        now = self._clock()
        self._forget_old_arrivals(now)
        arrivals = self._arrivals.setdefault(group, deque())
        while arrivals and arrivals[0] <= now - 60.0:
            arrivals.popleft()
        if len(arrivals) >= self._limits.new_sessions_per_peer_and_minute:
            return False
        arrivals.append(now)
        return self._inside[group] < self._most_for_one()

    def _most_for_one(self) -> int:
        """In a crowd nobody gets much, so that there is still room for whoever comes for the first time."""
        is_crowded = self.sessions >= self._limits.sessions * 3 // 4
        return self._limits.sessions_per_peer_in_a_crowd if is_crowded else self._limits.sessions_per_peer

    def _forget_old_arrivals(self, now: float) -> None:
        """Once a minute, so that a walk through many addresses leaves nothing behind."""
        if now < self._next_sweep:
            return
        self._next_sweep = now + 60.0
        self._arrivals = {group: times for group, times in self._arrivals.items() if times[-1] > now - 60.0}


class BodySlots:
    """Bounds how many large bodies are in flight at once, in all and from one peer."""

    def __init__(self, limits: Limits, relays: tuple[Network, ...]) -> None:
        self._limits = limits
        self._relays = relays
        self._held: Counter[str] = Counter()

    def take(self, peer: str) -> bool:
        """Takes a slot for the peer if one is free for it."""
        if not self.has_one_for(peer):
            return False
        self._held[peer_group(peer)] += 1
        return True

    def has_one_for(self, peer: str) -> bool:
        if self._held.total() >= self._limits.body_slots:
            return False
        own = self._held[peer_group(peer)]
        return own < self._limits.body_slots_per_peer or is_within(peer, self._relays)

    def give_back(self, peer: str) -> None:
        group = peer_group(peer)
        self._held[group] -= 1
        if self._held[group] <= 0:
            del self._held[group]
