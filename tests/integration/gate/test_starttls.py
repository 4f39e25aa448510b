"""STARTTLS: what was said in clear text does not count, and nothing can be slipped in before the
handshake.
"""

import ssl
from pathlib import Path

import pytest

from tests.gate import Desk, GateFactory, GateThread
from tests.smtp_client import RCPT, Client
from tests.waiting import wait_until


def test_tls_is_offered_only_with_a_certificate_and_only_in_clear_text(
    gate: GateThread, tls_gate: GateThread
) -> None:
    with gate.client() as dora:
        assert dora.answer().startswith(b"220 ")
        assert b"STARTTLS" not in dora.says(b"EHLO dora.example.org")
        assert dora.says(b"STARTTLS") == b"502 5.5.1 TLS is not offered here\r\n"
    with tls_gate.client() as dora:
        assert dora.answer().startswith(b"220 ")
        assert b"STARTTLS" in dora.says(b"EHLO dora.example.org")
        assert dora.says(b"STARTTLS").startswith(b"220 ")
        dora.start_tls()
        assert b"STARTTLS" not in dora.says(b"EHLO dora.example.org")
        assert dora.says(b"STARTTLS") == b"503 5.5.1 TLS is on already\r\n"


def test_a_mail_over_tls_says_so(desk: Desk, tls_gate: GateThread) -> None:
    with tls_gate.client() as dora:
        dora.greets().says(b"STARTTLS")
        dora.start_tls().says(b"EHLO dora.example.org")
        assert dora.gives(b"Subject: x\r\n\r\nhello\r\n").startswith(b"250 ")
    (mail,) = desk.kept()
    assert mail.tls.startswith("TLSv1.") and " with ESMTPS id " in mail.our_received


def test_what_is_sent_ahead_of_the_handshake_is_dropped(desk: Desk, tls_gate: GateThread) -> None:
    """H-003"""
    with tls_gate.client() as eve:
        eve.greets()
        eve.send(b"STARTTLS\r\nEHLO eve.example.net\r\nMAIL FROM:<eve@example.net>\r\n" + RCPT + b"\r\n")
        assert eve.answer().startswith(b"220 ")
        eve.start_tls()
        # Had one of the commands been obeyed, its answer would come first here.
        assert eve.says(b"MAIL FROM:<dora@example.org>") == b"503 5.5.1 Say EHLO or HELO first\r\n"
        eve.says(b"EHLO dora.example.org")
        assert eve.says(RCPT) == b"503 5.5.1 Give MAIL first\r\n"


def test_what_was_said_in_clear_text_is_forgotten(desk: Desk, tls_gate: GateThread) -> None:
    """H-003"""
    with tls_gate.client() as eve:
        eve.greets()
        eve.says(b"MAIL FROM:<eve@example.net>")
        eve.says(RCPT)
        eve.says(b"STARTTLS")
        eve.start_tls()
        assert eve.says(b"DATA").startswith(b"503 ")
        assert eve.says(RCPT).startswith(b"503 ")


@pytest.mark.parametrize("nonsense", [b"EHLO still.in.clear.example\r\n", b"\x16\x03\x01\x00\x05abcde"])
def test_what_is_no_handshake_ends_the_session(desk: Desk, tls_gate: GateThread, nonsense: bytes) -> None:
    """H-003"""
    with tls_gate.client() as eve:
        eve.greets()
        eve.says(b"STARTTLS")
        eve.send(nonsense * 20)
        heard = b""
        try:
            while more := eve.socket.recv(1_000):
                heard += more
        except ConnectionResetError:
            pass
        assert b"250" not in heard and b"500" not in heard  # at most a TLS alert
    with tls_gate.client() as dora:  # and the gate lives
        dora.greets()


def test_handshakes_given_up_leave_nothing_behind(
    open_a_gate: GateFactory, certificate: tuple[Path, Path]
) -> None:
    gate = open_a_gate(tls_cert=certificate[0], tls_key=certificate[1], sessions_per_peer=2, relays=())
    for leave in (
        Client.closes_its_side,
        Client.resets,
        lambda eve: eve.send(b"EHLO in.clear.example\r\n" * 20),
    ) * 3:
        eve = gate.client()
        eve.greets().says(b"STARTTLS")
        leave(eve)
        eve.socket.close()
    wait_until(lambda: _is_greeted(gate))
    gate.stop()  # at once: no session is left to be waited for


def _is_greeted(gate: GateThread) -> bool:
    with gate.client() as dora:
        return dora.answer().startswith(b"220 ")


def test_starttls_takes_no_argument(tls_gate: GateThread) -> None:
    with tls_gate.client() as dora:
        dora.greets()
        assert dora.says(b"STARTTLS now").startswith(b"501 5.5.4 ")


def test_a_client_that_ends_tls_in_the_middle_of_a_mail_leaves_nothing(
    desk: Desk, tls_gate: GateThread
) -> None:
    with tls_gate.client() as eve:
        eve.greets().says(b"STARTTLS")
        eve.start_tls().says(b"EHLO eve.example.net")
        eve.begins_mail()
        eve.send(b"Subject: half\r\n")
        assert isinstance(eve.socket, ssl.SSLSocket)
        eve.socket.unwrap()
    with Client(tls_gate.port) as dora:
        dora.greets()
    assert desk.kept() == []
