"""The PROXY protocol: believed from the balancers named in the settings, from nobody else."""

import socket
import struct

import pytest

from mailgate import answers
from mailgate.limits import networks
from tests.gate import Desk, GateFactory, GateThread
from tests.smtp_client import Client

WIRE = b"Subject: x\r\n\r\nhello\r\n"
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V1 = b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 25\r\n"


def v2(command: int = 1) -> bytes:
    addresses = socket.inet_aton("192.0.2.8") + socket.inet_aton("192.0.2.1") + struct.pack("!HH", 40_000, 25)
    return SIGNATURE + bytes([0x20 | command, 0x11]) + struct.pack("!H", len(addresses)) + addresses


@pytest.fixture
def balanced(open_a_gate: GateFactory) -> GateThread:
    """A gate behind a balancer at 127.0.0.9."""
    return open_a_gate(balancers=networks("127.0.0.9"), proxy_header_seconds=60.0)


@pytest.mark.parametrize(("header", "peer"), [(V1, "192.0.2.7"), (v2(), "192.0.2.8")], ids=["v1", "v2"])
def test_a_balancer_tells_who_the_client_is(
    desk: Desk, balanced: GateThread, header: bytes, peer: str
) -> None:
    with balanced.client("127.0.0.9") as balancer:
        balancer.send(header)
        assert balancer.greets().gives(WIRE).startswith(b"250 ")
    assert str(desk.kept()[0].peer_ip) == peer


@pytest.mark.parametrize("header", [V1, v2()], ids=["v1", "v2"])
def test_a_stranger_is_not_believed(desk: Desk, balanced: GateThread, header: bytes) -> None:
    """H-022"""
    with balanced.client("127.0.0.8") as eve:
        assert eve.answer().startswith(b"220 ")
        eve.send(header)
        assert eve.answer()[:3] in (b"421", b"500")
        assert eve.is_closed()
    with balanced.client("127.0.0.8") as dora:
        assert dora.greets().gives(WIRE).startswith(b"250 ")
    assert str(desk.kept()[0].peer_ip) == "127.0.0.8"


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO balancer.example\r\n",
        b"PROXY UNKNOWN\r\n",
        b"PROXY TCP4 nonsense\r\n",
        SIGNATURE + b"\xff\xff\0\0",
    ],
    ids=["none", "unknown", "nonsense", "bad-v2"],
)
def test_a_balancer_without_a_usable_header_is_refused(balanced: GateThread, header: bytes) -> None:
    """H-022"""
    with balanced.client("127.0.0.9") as balancer:
        balancer.send(header)
        assert balancer.answer() == b""


def test_a_balancer_that_says_nothing_is_not_waited_for(open_a_gate: GateFactory) -> None:
    """H-022"""
    with open_a_gate(balancers=networks("127.0.0.9"), proxy_header_seconds=0.5).client("127.0.0.9") as balancer:
        assert balancer.answer() == b""


@pytest.mark.parametrize("header", [V1, v2()], ids=["v1", "v2"])
def test_who_talks_before_the_greeting_is_sent_away_behind_a_balancer_too(
    desk: Desk, balanced: GateThread, header: bytes
) -> None:
    """S3: what came in one piece with the header was said before any greeting."""
    with balanced.client("127.0.0.9") as balancer:
        balancer.send(header + b"EHLO eve.example.net\r\nMAIL FROM:<eve@example.net>\r\n")
        assert balancer.answer() == b"421 4.7.0 Please wait for the greeting before you speak\r\n"
        assert balancer.is_closed()
    assert desk.kept() == []


def test_who_is_introduced_while_the_gate_is_going_down_is_told_to_come_again(balanced: GateThread) -> None:
    with balanced.client("127.0.0.9") as dora, balanced.client("127.0.0.9") as other:
        other.send(V1)
        other.greets()
        balanced.begin_stopping()
        assert other.answer() == answers.SHUTTING_DOWN
        dora.send(V1)
        assert dora.answer() == answers.SHUTTING_DOWN
        assert dora.is_closed()


def test_a_balancer_may_look_whether_we_live(balanced: GateThread) -> None:
    """H-022: LOCAL claims nobody's address."""
    with balanced.client("127.0.0.9") as balancer:
        balancer.send(v2(command=0))
        assert balancer.answer().startswith(b"220 ")
        assert balancer.says(b"QUIT").startswith(b"221 ")


def test_the_bounds_of_a_peer_apply_to_the_client_behind_the_balancer(open_a_gate: GateFactory) -> None:
    gate = open_a_gate(balancers=networks("127.0.0.9"), sessions_per_peer=1, relays=networks("127.0.0.9"))

    def comes(source: bytes) -> tuple[Client, bytes]:
        client = gate.client("127.0.0.9")
        client.send(V1.replace(b"192.0.2.7", source))
        return client, client.answer()

    first, answer = comes(b"192.0.2.7")
    assert answer.startswith(b"220 ")
    second, answer = comes(b"192.0.2.7")
    assert answer.startswith(b"421 4.7.0 ")
    third, answer = comes(b"192.0.2.99")
    assert answer.startswith(b"220 ")
    for client in (first, second, third):
        client.socket.close()
