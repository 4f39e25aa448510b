"""Clients that speak something else, or out of turn."""

import pytest

from tests.gate import Desk, GateFactory, GateThread
from tests.smtp_client import MAIL, RCPT

DIALOGUE = b"EHLO x\r\n" + MAIL + b"\r\n" + RCPT + b"\r\nDATA\r\nSubject: x\r\n\r\nboo\r\n.\r\nQUIT\r\n"


@pytest.mark.parametrize(
    "opening",
    [
        b"POST / HTTP/1.1\r\nHost: mx.example.com\r\nContent-Length: 999\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
        b"*1\r\n$4\r\nPING\r\n",
        b"\x00\x00\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
    ],
    ids=["http-post", "http-get", "tls-hello", "redis", "nul", "ssh"],
)
def test_who_speaks_something_else_is_sent_away_before_a_mail_comes_of_it(
    desk: Desk, gate: GateThread, opening: bytes
) -> None:
    """H-004"""
    with gate.client() as eve:
        assert eve.answer().startswith(b"220 ")
        eve.send(opening + DIALOGUE)
        assert eve.answer() == b"421 4.7.0 This is a mail server\r\n"
        assert eve.is_closed()
    assert desk.kept() == []


def test_http_later_in_a_session_ends_it_too(desk: Desk, gate: GateThread) -> None:
    """H-004"""
    with gate.client() as eve:
        eve.greets()
        assert eve.says(b"PUT / HTTP/1.1").startswith(b"421 4.7.0 ")
        assert eve.is_closed()


def test_the_fourth_unknown_command_ends_the_session(gate: GateThread) -> None:
    with gate.client() as eve:
        eve.greets()
        assert [eve.says(b"XYZZY")[:9] for _ in range(4)] == [b"500 5.5.2"] * 3 + [b"421 4.7.0"]
        assert eve.is_closed()


def test_who_talks_before_the_greeting_is_sent_away(desk: Desk, open_a_gate: GateFactory) -> None:
    """H-005"""
    patient = open_a_gate(greeting_pause=0.5)
    with patient.client() as eve:
        eve.send(DIALOGUE)
        assert eve.answer() == b"421 4.7.0 Please wait for the greeting before you speak\r\n"
        assert eve.is_closed()
    assert desk.kept() == []


def test_who_has_delivered_before_is_greeted_at_once(desk: Desk, open_a_gate: GateFactory) -> None:
    patient = open_a_gate(greeting_pause=0.3)
    with patient.client() as dora:
        assert dora.greets().gives(b"Subject: x\r\n\r\nhello\r\n").startswith(b"250 ")
    with patient.client() as dora:
        dora.socket.settimeout(0.25)
        assert dora.answer().startswith(b"220 ")


def test_commands_sent_in_one_piece_are_answered_in_order(desk: Desk, gate: GateThread) -> None:
    """H-005"""
    with gate.client() as dora:
        assert dora.answer().startswith(b"220 ")
        dora.send(DIALOGUE)
        codes = [dora.answer()[:9] for _ in range(6)]
        assert codes == [b"250-local", b"250 2.1.0", b"250 2.1.5", b"354 End t", b"250 2.0.0", b"221 2.0.0"]
        assert dora.is_closed()
    assert desk.bodies() == [b"Subject: x\r\n\r\nboo\r\n"]


def test_a_pipelined_refusal_does_not_shift_the_answers(desk: Desk, gate: GateThread) -> None:
    """H-005"""
    with gate.client() as dora:
        dora.greets()
        dora.send(
            b"\r\n".join(
                [MAIL, b"RCPT TO:<nobody@example.com>", RCPT, b"RCPT TO:<x@elsewhere.example>", b"NOOP", b""]
            )
        )
        assert [dora.answer()[:9] for _ in range(5)] == [
            b"250 2.1.0", b"550 5.1.1", b"250 2.1.5", b"550 5.7.1", b"250 2.0.0",
        ]  # fmt: skip


def test_a_client_that_closes_its_side_still_hears_the_answers(desk: Desk, gate: GateThread) -> None:
    with gate.client() as dora:
        assert dora.answer().startswith(b"220 ")
        dora.send(DIALOGUE)
        dora.closes_its_side()
        assert [dora.answer()[:3] for _ in range(6)] == [b"250", b"250", b"250", b"354", b"250", b"221"]
    assert len(desk.kept()) == 1
