"""Only CR LF . CR LF ends a mail, and only CR LF ends a command: nothing hides a second mail in a first."""

import pytest

from tests.gate import Desk, GateThread
from tests.smtp_client import Client

SMUGGLED = (
    b"MAIL FROM:<eve@example.net>\r\nRCPT TO:<sales@example.com>\r\nDATA\r\nSubject: hidden\r\n\r\nboo\r\n"
)
LOOKALIKES = {
    "LF.CRLF": b"\n.\r\n",
    "CR.CRLF": b"\r.\r\n",
    "LF.LF": b"\n.\n",
    "CRLF.LF": b"\r\n.\n",
    "CRLF.CR": b"\r\n.\r",
    "CRCRLF.CRCRLF": b"\r\r\n.\r\r\n",
    "CRLF.NUL": b"\r\n.\0\r\n",
}


@pytest.mark.parametrize("over_tls", [False, True], ids=["clear", "tls"])
@pytest.mark.parametrize("slowly", [False, True], ids=["at-once", "octet-by-octet"])
@pytest.mark.parametrize("lookalike", LOOKALIKES.values(), ids=LOOKALIKES)
def test_what_only_looks_like_the_end_hides_no_second_mail(
    desk: Desk, tls_gate: GateThread, lookalike: bytes, slowly: bool, over_tls: bool
) -> None:
    """H-001"""
    wire = b"Subject: first\r\n\r\nbody" + lookalike + SMUGGLED
    with tls_gate.client() as dora:
        dora.greets()
        if over_tls:
            dora.says(b"STARTTLS")
            dora.start_tls()
            dora.says(b"EHLO dora.example.org")
        dora.begins_mail()
        send = dora.send_slowly if slowly else dora.send
        send(wire + b".\r\n")
        assert dora.answer().startswith(b"250 2.0.0 queued as ")
        assert dora.says(b"QUIT").startswith(b"221 ")
    (mail,) = desk.kept()
    # The sender stuffs no dots here: what stands at the start of a CR LF line loses its dot, as RFC 5321 has
    # it.
    assert mail.raw == (b"\r\n" + wire).replace(b"\r\n.", b"\r\n")[2:]
    assert mail.recipients == ["support@example.com"]


@pytest.mark.parametrize("name", ["LF.CRLF", "CR.CRLF", "LF.LF"])
def test_a_lone_dot_between_foreign_line_ends_is_flagged(desk: Desk, gate: GateThread, name: str) -> None:
    with gate.client() as dora:
        dora.greets().gives(b"Subject: x\r\n\r\nbody" + LOOKALIKES[name] + b"more\r\n")
    (mail,) = desk.kept()
    assert "end_lookalike" in mail.wire_flags


def test_odd_octets_are_kept_and_flagged(desk: Desk, gate: GateThread) -> None:
    odd = {b"a\nb\r\n": ["bare_lf"], b"a\rb\r\n": ["bare_cr"], b"a\0b\r\n": ["nul"], b"\xff\xfe\r\n": []}
    with gate.client() as dora:
        dora.greets()
        for wire in odd:
            assert dora.gives(wire).startswith(b"250 ")
    assert [(mail.raw, mail.wire_flags) for mail in desk.kept()] == list(odd.items())


def test_a_command_that_ends_with_lf_alone_is_refused_and_the_third_ends_the_session(
    gate: GateThread,
) -> None:
    """H-002"""
    with gate.client() as eve:
        eve.greets()
        eve.send(b"NOOP\nNOOP\nNOOP\n")
        assert eve.answer().startswith(b"500 5.5.2 ")
        assert eve.answer().startswith(b"500 5.5.2 ")
        assert eve.answer().startswith(b"421 4.7.0 ")
        assert eve.is_closed()


def test_a_bare_cr_within_a_line_ends_no_command(desk: Desk, gate: GateThread) -> None:
    """H-002"""
    with gate.client() as eve:
        eve.greets()
        assert eve.says(b"RSET\rMAIL FROM:<eve@example.net>").startswith(b"500 5.5.2 ")
        assert eve.says(b"RCPT TO:<support@example.com>").startswith(b"503 ")


def test_an_lf_alone_begins_no_mail(desk: Desk, gate: GateThread) -> None:
    """H-002"""
    with gate.client() as eve:
        eve.greets()
        eve.send(b"MAIL FROM:<eve@example.net>\n")
        assert eve.answer().startswith(b"500 5.5.2 ")
        assert eve.says(b"RCPT TO:<support@example.com>").startswith(b"503 ")
    assert desk.kept() == []


def test_an_endless_line_is_refused_and_read_to_its_end(desk: Desk, gate: GateThread) -> None:
    with gate.client() as eve:
        eve.greets()
        assert eve.says(b"NOOP " + b"x" * 2_041).startswith(b"250 ")  # 2,048 octets with CR LF
        assert eve.says(b"NOOP " + b"x" * 3_000).startswith(b"500 5.5.2 ")
        assert eve.says(b"NOOP " + b"x" * 300_000).startswith(b"500 5.5.2 ")
        assert eve.says(b"NOOP").startswith(b"250 ")
        assert eve.says(b"NOOP " + b"x" * 3_000).startswith(b"421 4.7.0 ")
        assert eve.is_closed()


def test_every_way_to_write_a_mail_in_pieces_gives_the_same_bytes(desk: Desk, gate: GateThread) -> None:
    body = b"Subject: x\r\n\r\n..stuffed\r\n.\r\r\n...\r\n"
    with gate.client() as dora:
        dora.greets()
        for cut in range(1, len(body) + 3):
            wire = (b"X-Cut: %d\r\n" % cut) + (b"\r\n" + body).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
            dora.begins_mail()
            dora.send(wire[:cut])
            dora.send(wire[cut:])
            assert dora.answer().startswith(b"250 ")
    assert [raw.split(b"\r\n", 1)[1] for raw in desk.bodies()] == [body] * (len(body) + 2)


def test_a_command_right_behind_the_final_dot_is_answered(desk: Desk, gate: GateThread) -> None:
    with gate.client() as dora:
        dora.greets().begins_mail()
        dora.send(b"Subject: x\r\n\r\nhello\r\n.\r\nNOOP\r\nQUIT\r\n")
        assert dora.answer().startswith(b"250 2.0.0 queued as ")
        assert dora.answer() == b"250 2.0.0 Ok\r\n"
        assert dora.answer().startswith(b"221 ")
    assert desk.bodies() == [b"Subject: x\r\n\r\nhello\r\n"]


def test_an_empty_mail_is_a_mail(desk: Desk, gate: GateThread) -> None:
    with Client(gate.port) as dora:
        assert dora.greets().gives(b"").startswith(b"250 ")
    assert desk.bodies() == [b""]
