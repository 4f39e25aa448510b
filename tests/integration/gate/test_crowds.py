"""Too many, too slow, and honest clients among them who are served all the same."""

import time
from contextlib import ExitStack
from dataclasses import replace

from mailgate.limits import MIB
from tests.gate import QUICK, Desk, GateFactory, GateProcess, GateThread
from tests.smtp_client import Client
from tests.waiting import PATIENCE, wait_until

WIRE = b"Subject: x\r\n\r\nhello\r\n"


def test_one_peer_may_open_so_many_sessions_and_no_more(desk: Desk, open_a_gate: GateFactory) -> None:
    """H-020, S1"""
    gate = open_a_gate(sessions_per_peer=5, relays=())
    with ExitStack() as crowd:
        for _ in range(5):
            crowd.enter_context(gate.client("127.0.0.2")).greets()
        for _ in range(20):
            eve = crowd.enter_context(gate.client("127.0.0.2"))
            assert eve.answer() == b"421 4.7.0 Too many connections, please try again later\r\n"
            assert eve.is_closed()
        assert crowd.enter_context(gate.client("127.0.0.3")).greets().gives(WIRE).startswith(b"250 ")
    wait_until(lambda: _greeting(gate, "127.0.0.2").startswith(b"220 "))


def test_one_peer_may_come_so_often_a_minute_and_no_more(open_a_gate: GateFactory) -> None:
    """H-020, S1"""
    gate = open_a_gate(new_sessions_per_peer_and_minute=10, relays=())
    assert [_greeting(gate, "127.0.0.2")[:3] for _ in range(12)] == [b"220"] * 10 + [b"421"] * 2
    assert _greeting(gate, "127.0.0.3").startswith(b"220 ")


def test_all_peers_together_have_a_bound(open_a_gate: GateFactory) -> None:
    """H-020, S1"""
    gate = open_a_gate(sessions=10, relays=())
    with ExitStack() as crowd:
        for number in range(10):
            crowd.enter_context(gate.client(f"127.0.1.{number + 1}")).greets()
        assert _greeting(gate, "127.0.2.1").startswith(b"421 4.7.0 ")


def test_our_own_relays_come_as_often_as_they_like(open_a_gate: GateFactory) -> None:
    gate = open_a_gate(sessions_per_peer=1, new_sessions_per_peer_and_minute=1)
    with gate.client() as first, gate.client() as second:
        first.greets()
        second.greets()


def test_2000_connections_from_one_peer_leave_another_served(desk: Desk, start_a_gate: object) -> None:
    """H-020"""
    gate: GateProcess = start_a_gate(relays=())  # type: ignore[operator]
    with ExitStack() as crowd:
        for _ in range(2_000):
            crowd.enter_context(gate.client("127.0.0.2"))
        assert crowd.enter_context(gate.client("127.0.0.3")).greets().gives(WIRE).startswith(b"250 ")


def test_an_honest_client_is_served_among_1000_idle_ones_and_200_at_data(
    desk: Desk, start_a_gate: object
) -> None:
    """P14: a body needs one of the 64 slots once it is large; the honest one is small."""
    gate: GateProcess = start_a_gate(limits=replace(QUICK, sessions=2_000), relays=())  # type: ignore[operator]
    with ExitStack() as crowd:
        before = gate.memory()
        for number in range(1_000):
            crowd.enter_context(gate.client(f"127.0.1.{number % 40 + 1}"))
        greedy = [crowd.enter_context(gate.client(f"127.0.2.{number % 20 + 1}")) for number in range(200)]
        for client in greedy:
            client.greets().begins_mail()
        for client in greedy:
            client.send(b"x" * 3 * MIB)
        with gate.client("127.0.3.1") as dora:
            assert dora.greets().gives(WIRE).startswith(b"250 ")
        assert gate.peak_memory() - before < 300 * MIB
        ends = [_final_answer(client) for client in greedy]
        assert ends.count(b"250") == 64 and ends.count(b"451") == 136
    assert len(desk.kept()) == 1 + 1  # the greedy ones all sent the same


def _final_answer(client: Client) -> bytes:
    client.send(b"\r\n.\r\n")
    return client.answer()[:3]


def test_who_says_nothing_is_told_so_and_sent_away(open_a_gate: GateFactory) -> None:
    """H-011"""
    gate = open_a_gate(command_seconds=1.5)
    with gate.client() as eve:
        eve.greets()
        assert eve.answer() == b"421 4.4.2 Waited too long for a command\r\n"
        assert eve.is_closed()


def test_a_command_must_be_whole_in_time_however_busily_it_trickles(open_a_gate: GateFactory) -> None:
    """H-011"""
    gate = open_a_gate(command_seconds=1.0)
    with gate.client() as eve:
        eve.greets()
        assert trickles_until_cut_off(eve, b"N")


def test_a_body_that_stalls_is_cut_off_without_an_answer(desk: Desk, open_a_gate: GateFactory) -> None:
    """S20"""
    gate = open_a_gate(body_stall_seconds=0.5)
    with gate.client() as eve:
        eve.greets().begins_mail()
        eve.send(b"Subject: half\r\n")
        assert eve.answer() == b""
    with gate.client() as eve:
        eve.greets().begins_mail()  # and one that never begins
        assert eve.answer() == b""
    assert desk.kept() == []


def test_a_slow_body_that_goes_on_is_taken(desk: Desk, open_a_gate: GateFactory) -> None:
    """S20: progress counts."""
    gate = open_a_gate(body_stall_seconds=3.0)
    with gate.client() as dora:
        dora.greets().begins_mail()
        for number in range(13):  # longer in all than it may stand still
            dora.send(b"X-Line: %d\r\n" % number)
            time.sleep(0.25)
        dora.send(b".\r\n")
        assert dora.answer().startswith(b"250 ")


def test_a_body_that_goes_on_for_ever_is_cut_off(desk: Desk, open_a_gate: GateFactory) -> None:
    """S20"""
    gate = open_a_gate(body_seconds=1.0)
    with gate.client() as eve:
        eve.greets().begins_mail()
        assert trickles_until_cut_off(eve, b"x\r\n")
    assert desk.kept() == []


def trickles_until_cut_off(client: Client, octets: bytes) -> bool:
    """Whether the gate hangs up on a client that always has more to say, long before it would for any other reason."""
    ends = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < ends:
            client.send(octets)
            time.sleep(0.1)
    except (ConnectionResetError, BrokenPipeError):
        return True
    return False


def test_a_session_has_an_end(desk: Desk, open_a_gate: GateFactory) -> None:
    gate = open_a_gate(session_seconds=2.0)
    with gate.client() as dora:
        dora.greets().begins_mail()
        time.sleep(2.1)
        dora.send(WIRE + b".\r\n")
        assert dora.answer().startswith(b"250 ")  # not in the middle of a mail
        assert dora.answer().startswith(b"421 4.4.2 ")
        assert dora.is_closed()


def _greeting(gate: GateThread, source: str) -> bytes:
    with gate.client(source) as client:
        return client.answer()
