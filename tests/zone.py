"""A small DNS of our own: a zone as a dictionary, asked directly or served over real UDP and TCP."""

import socketserver
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from mailgate.identity.names import Answer, DnsTrouble, Kind

SERVFAIL = "SERVFAIL"  # as a record: the server fails
SILENCE = "SILENCE"  # as a record: nobody answers

Records = Mapping[tuple[str, str], list[str] | str]


class Zone:
    """Names and their records, `{("example.com", "TXT"): ["v=spf1 -all"]}`. Counts what it is asked."""

    def __init__(self, records: Records) -> None:
        self.records = dict(records)
        self.asked: list[tuple[str, str]] = []

    def add(self, name: str, kind: str, *texts: str) -> "Zone":
        self.records[name, kind] = list(texts)
        return self

    def knows(self, name: str) -> bool:
        return any(known == name or known.endswith(f".{name}") for known, _ in self.records)

    def ask(self, name: str, kind: Kind, seconds: float) -> Answer:
        """As `mailgate.identity.names.Dns`."""
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        if isinstance(found, str):
            raise DnsTrouble(found)
        return Answer(tuple(plain(text, kind) for text in found), self.knows(name))


def plain(text: str, kind: str) -> object:
    if kind == "TXT":
        return text.encode()
    if kind == "MX":
        preference, host = text.split()
        return int(preference), host
    return text


class Server(socketserver.ThreadingMixIn):
    """What the UDP and the TCP server share."""

    daemon_threads = True
    allow_reuse_address = True
    zone: Zone


class UdpServer(Server, socketserver.UDPServer):
    pass


class TcpServer(Server, socketserver.TCPServer):
    pass


class UdpTalk(socketserver.BaseRequestHandler):
    server: UdpServer

    def handle(self) -> None:
        query, line = self.request
        answer = answer_to(query, self.server.zone)
        if answer is None:
            return
        wire = answer.to_wire()
        if len(wire) > 1_200:
            answer = dns.message.make_response(dns.message.from_wire(query))
            answer.flags |= dns.flags.TC
            wire = answer.to_wire()
        line.sendto(wire, self.client_address)


class TcpTalk(socketserver.BaseRequestHandler):
    server: TcpServer

    def handle(self) -> None:
        size = struct.unpack("!H", self.request.recv(2))[0]
        answer = answer_to(self.request.recv(size), self.server.zone)
        if answer is not None:
            wire = answer.to_wire()
            self.request.sendall(struct.pack("!H", len(wire)) + wire)


def answer_to(query: bytes, zone: Zone) -> dns.message.Message | None:
    """The answer of a resolver that knows only this zone; None where it keeps silent."""
    asked = dns.message.from_wire(query)
    question = asked.question[0]
    name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
    zone.asked.append((name, kind))
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.RA
    found = zone.records.get((name, kind), zone.records.get(("*", "*"), []))
    if found == SILENCE:
        return None
    if found == SERVFAIL:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif found:
        answer.answer.append(
            dns.rrset.from_text_list(question.name, 60, "IN", kind, [written(text, kind) for text in found])
        )
    elif not zone.knows(name) and name != "@":
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer


def written(text: str, kind: str) -> str:
    """A record as zone files have it."""
    if kind == "TXT":
        return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))
    return f"{text}." if kind in ("MX", "PTR") else text


def on_one_port() -> tuple[UdpServer, TcpServer]:
    """Both on the same port, as a resolver expects; a port that is free for one may be taken for the other."""
    for _ in range(20):
        udp = UdpServer(("127.0.0.1", 0), UdpTalk)
        try:
            return udp, TcpServer(udp.server_address, TcpTalk)
        except OSError:
            udp.server_close()
    raise OSError("no port is free for both UDP and TCP")


@contextmanager
def served(zone: Zone) -> Iterator[str]:
    """Serve the zone on loopback, over UDP and TCP; its `address:port`."""
    udp, tcp = on_one_port()
    with udp, tcp:
        for server in (udp, tcp):
            server.zone = zone
            threading.Thread(target=looping(server), daemon=True).start()
        try:
            yield f"127.0.0.1:{udp.server_address[1]}"
        finally:
            udp.shutdown()
            tcp.shutdown()


def looping(server: socketserver.BaseServer) -> Callable[[], None]:
    return lambda: server.serve_forever(poll_interval=0.02)
