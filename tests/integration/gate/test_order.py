"""Commands out of order, and bounds on how many of them one session may send."""

import pytest

from tests.gate import Desk, GateFactory, GateThread
from tests.smtp_client import MAIL, RCPT


def test_nothing_goes_before_the_hello(gate: GateThread) -> None:
    """S5"""
    with gate.client() as dora:
        dora.answer()
        for command in (MAIL, RCPT, b"DATA"):
            assert dora.says(command) == b"503 5.5.1 Say EHLO or HELO first\r\n"
        assert dora.says(b"EHLO").startswith(b"501 5.5.4 ")
        assert dora.says(b"EHLO two names").startswith(b"501 5.5.4 ")
        assert dora.says(b"HELO dora.example.org") == b"250 localhost\r\n"
        assert dora.says(MAIL).startswith(b"250 ")


def test_each_step_needs_the_one_before(desk: Desk, gate: GateThread) -> None:
    """H-023"""
    with gate.client() as dora:
        dora.greets()
        assert dora.says(RCPT).startswith(b"503 ")
        assert dora.says(b"DATA").startswith(b"503 ")
        assert dora.says(MAIL).startswith(b"250 ")
        assert dora.says(MAIL) == b"503 5.5.1 One mail at a time: MAIL was given already\r\n"
        assert dora.says(b"DATA").startswith(b"503 ")
        assert dora.says(RCPT).startswith(b"250 ")
        assert dora.says(b"DATA now").startswith(b"501 ")
        assert dora.says(b"RSET").startswith(b"250 ")
        assert dora.says(b"DATA").startswith(b"503 ")
        assert dora.says(RCPT).startswith(b"503 ")


def test_after_a_mail_the_next_begins_anew(desk: Desk, gate: GateThread) -> None:
    """H-023"""
    with gate.client() as dora:
        assert dora.greets().gives(b"QUIT\r\nRSET\r\n").startswith(b"250 ")
        assert dora.says(b"DATA").startswith(b"503 ")
        assert dora.says(RCPT).startswith(b"503 ")
        assert dora.gives(b"second\r\n").startswith(b"250 ")
    assert desk.bodies() == [b"QUIT\r\nRSET\r\n", b"second\r\n"]


def test_a_second_hello_forgets_the_mail_begun(gate: GateThread) -> None:
    with gate.client() as dora:
        dora.greets().says(MAIL)
        assert dora.says(b"EHLO dora.example.org").startswith(b"250")
        assert dora.says(RCPT).startswith(b"503 ")


@pytest.mark.parametrize("verb", [b"BDAT 10 LAST", b"AUTH PLAIN AGEAYg==", b"ETRN x", b"EXPN x", b"HELP"])
def test_what_is_not_offered_is_declined(gate: GateThread, verb: bytes) -> None:
    """S7, H-023"""
    with gate.client() as dora:
        dora.answer()
        offered = dora.says(b"EHLO dora.example.org")
        assert verb.split()[0] not in offered and b"CHUNKING" not in offered
        assert dora.says(verb) == b"502 5.5.1 Not offered here\r\n"


@pytest.mark.parametrize("command", [b"NOOP", b"RSET", b"EHLO x", b"VRFY x", b"HELP"])
def test_idling_has_an_end(gate: GateThread, command: bytes) -> None:
    """H-021"""
    with gate.client() as eve:
        eve.greets()
        eve.send((command + b"\r\n") * 10_000)
        answers = [eve.answer()[:3]]
        while answers[-1] not in (b"421", b""):
            answers.append(eve.answer()[:3])
        assert answers[-1] == b"421" and len(answers) == 101
        assert eve.is_closed()


def test_a_mail_delivered_starts_the_count_of_idle_commands_anew(
    desk: Desk, open_a_gate: GateFactory
) -> None:
    gate = open_a_gate(idle_commands=5)
    with gate.client() as dora:
        dora.greets()
        for number in range(4):
            for _ in range(5):
                assert dora.says(b"NOOP").startswith(b"250 ")
            assert dora.gives(b"%d\r\n" % number).startswith(b"250 ")


def test_what_one_session_used_up_is_not_counted_to_another(gate: GateThread) -> None:
    """H-021"""
    with gate.client() as eve, gate.client() as dora:
        eve.greets()
        dora.greets()
        for _ in range(101):
            eve.says(b"NOOP")
        assert eve.is_closed()
        assert dora.says(b"NOOP").startswith(b"250 ")


def test_all_commands_of_a_session_together_have_a_bound(gate: GateThread, open_a_gate: GateFactory) -> None:
    gate = open_a_gate(commands=50)
    with gate.client() as eve:
        eve.greets()
        answers = [eve.says(MAIL)[:3] for _ in range(50)]
        assert answers == [b"250"] + [b"503"] * 48 + [b"421"]
