"""Asks the DNS: bounded in questions and time for each mail, silent while nobody answers. Alone imports dnspython."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import dns.exception
import dns.name
import dns.resolver
from dns.inet import is_address

from mailgate.identity.verdict import LookUp

log = logging.getLogger(__name__)

Kind = Literal["TXT", "A", "AAAA", "MX", "PTR"]

MOST_LOOKUPS = 20  # for one mail
MOST_SECONDS = 5.0  # for one mail, all its lookups together
LONGEST_LOOKUP = 2.0
SIGN_OF_LIFE_SECONDS = 0.5
ALIVE_SECONDS = 10.0  # how long a sign of life is good for
PAUSE_SECONDS = 30.0  # how long nobody is asked once nobody answers
CACHED_NAMES = 5_000
NOBODY = "none"


class DnsTrouble(Exception):
    """No answer, and not for want of a record: nothing may be concluded from it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the DNS says of a name. `records`: bytes for TXT, (preference, host) for MX, else text."""

    records: tuple[object, ...] = ()
    exists: bool = True


class Dns(Protocol):
    """Whoever answers questions. Raises `DnsTrouble`."""

    def ask(self, name: str, kind: Kind, seconds: float) -> Answer: ...


class NoDns:
    """For desks without a DNS: every sender stays unknown."""

    def ask(self, name: str, kind: Kind, seconds: float) -> Answer:
        raise DnsTrouble("this desk asks no DNS")


class Resolver:
    """A recursive resolver, shared by all threads. One that gives no sign of life is left alone for a while."""

    def __init__(self, servers: tuple[str, ...] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self.resolver = dns.resolver.Resolver(configure=not servers)
        for server in servers:
            address, port = address_and_port(server)
            self.resolver.nameservers = [*self.resolver.nameservers, address]
            self.resolver.nameserver_ports[address] = port
        self.resolver.cache = dns.resolver.LRUCache(CACHED_NAMES)
        self.clock = clock
        self.lock = threading.Lock()
        self.alive_until = 0.0
        self.silent_until = 0.0

    def ask(self, name: str, kind: Kind, seconds: float) -> Answer:
        if self.clock() < self.silent_until:
            raise DnsTrouble("the DNS does not answer")
        try:
            found = self.resolver.resolve(
                name, kind, lifetime=min(seconds, LONGEST_LOOKUP), search=False, raise_on_no_answer=False
            )
        except (
            dns.resolver.NXDOMAIN,
            dns.name.LabelTooLong,
            dns.name.EmptyLabel,
            dns.name.NameTooLong,
            dns.name.BadEscape,
        ):
            return Answer(exists=False)  # what cannot be a name does not exist, and is no trouble of the DNS
        except dns.exception.Timeout as trouble:
            self.look_for_life()
            raise DnsTrouble("no answer in time") from trouble
        except (dns.exception.DNSException, OSError, ValueError) as trouble:
            raise DnsTrouble(type(trouble).__name__) from trouble
        return Answer(tuple(plain(record, kind) for record in found.rrset or ()))

    def look_for_life(self) -> None:
        """One silent name may be the fault of its owner; when the root is not answered either, nobody is there."""
        with self.lock:
            if self.clock() < max(self.alive_until, self.silent_until):
                return
            try:
                self.resolver.resolve(".", "NS", lifetime=SIGN_OF_LIFE_SECONDS, search=False, raise_on_no_answer=False)
            except dns.exception.Timeout:
                self.silent_until = self.clock() + PAUSE_SECONDS
                log.warning("the DNS does not answer: senders stay unknown for %d s", PAUSE_SECONDS)
                return
            except (dns.exception.DNSException, OSError):
                pass  # an answer of any kind is a sign of life
            self.alive_until = self.clock() + ALIVE_SECONDS


def plain(record: object, kind: Kind) -> object:
    """A record as plain values."""
    match kind:
        case "TXT":
            return b"".join(record.strings)  # type: ignore[attr-defined]
        case "MX":
            return record.preference, record.exchange.to_text(omit_final_dot=True)  # type: ignore[attr-defined]
        case "PTR":
            return record.target.to_text(omit_final_dot=True)  # type: ignore[attr-defined]
    return record.address  # type: ignore[attr-defined]


def address_and_port(server: str) -> tuple[str, int]:
    """'192.0.2.53', '192.0.2.53:5353', '2001:db8::53' or '[2001:db8::53]:5353'. Raises `ValueError`."""
    address, colon, port = server.rpartition(":")
    if is_address(server) or not colon:
        address, port = server, "53"
    address = address.strip("[]")
    if not is_address(address):
        raise ValueError(f"{server} is no address of a DNS server")
    return address, int(port)


def dns_of(written: str | None) -> Dns:
    """The DNS that the setting `DNS_RESOLVER` names; unset: the system's. A machine without one has none."""
    if written == NOBODY:
        return NoDns()
    servers = tuple(part.strip() for part in (written or "").split(",") if part.strip())
    try:
        return Resolver(servers)
    except dns.resolver.NoResolverConfiguration:
        log.warning("this machine has no DNS resolver: senders stay unknown")
        return NoDns()


@dataclass(slots=True)
class Questions:
    """What is asked for one mail: never the same twice, never more than it may, all of it noted."""

    dns: Dns
    clock: Callable[[], float] = time.monotonic
    most: int = MOST_LOOKUPS
    seconds: float = MOST_SECONDS
    begun: float = 0.0
    noted: list[LookUp] = field(default_factory=list)
    known: dict[tuple[str, Kind], Answer | DnsTrouble] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.begun = self.clock()

    def ask(self, name: str, kind: Kind) -> Answer:
        """Raises `DnsTrouble`, also when this mail has had its share of questions or of time."""
        name = name.rstrip(".").lower()
        key = (name, kind)
        if key not in self.known:
            self.known[key] = self.answer(name, kind)
        known = self.known[key]
        if isinstance(known, DnsTrouble):
            raise known
        return known

    def answer(self, name: str, kind: Kind) -> Answer | DnsTrouble:
        began = self.clock()
        left = self.begun + self.seconds - began
        if len(self.noted) >= self.most or left <= 0:
            return DnsTrouble("too many lookups for one mail" if left > 0 else "the lookups took too long")
        found: Answer | DnsTrouble
        try:
            found = self.dns.ask(name, kind, left)
        except DnsTrouble as trouble:
            found = trouble
        self.noted.append(LookUp(kind, name, outcome(found), round((self.clock() - began) * 1000)))
        return found

    def texts(self, name: str) -> tuple[bytes, ...]:
        """The TXT records of `name`. Raises `DnsTrouble`."""
        return tuple(record for record in self.ask(name, "TXT").records if isinstance(record, bytes))


def outcome(found: Answer | DnsTrouble) -> str:
    if isinstance(found, DnsTrouble):
        return str(found) or "trouble"
    if not found.exists:
        return "no such name"
    return "found" if found.records else "nothing"
