"""Bodies of every size and shape arrive byte for byte, within bounds of memory."""

import hashlib
import random

import pytest

from mailgate.limits import MIB
from tests.gate import Desk, GateFactory, GateProcess, GateThread
from tests.smtp_client import MAIL, RCPT
from tests.waiting import wait_until

LARGEST = 25 * MIB


def stuffed(body: bytes) -> bytes:
    return (b"\r\n" + body).replace(b"\r\n.", b"\r\n..")[2:]


@pytest.mark.parametrize("unit", [b"\r\n", b".\r\n", b"..\r\n"], ids=["CRLF", ".CRLF", "..CRLF"])
def test_25_mib_of_the_shortest_lines_cost_neither_time_nor_memory(
    desk: Desk, start_a_gate: object, unit: bytes
) -> None:
    """H-008: generous bounds; a reader that keeps an object a line takes a minute and gigabytes."""
    gate: GateProcess = start_a_gate()  # type: ignore[operator]
    with gate.client() as dora:
        dora.greets().gives(b"Subject: warm\r\n\r\n")
        before = gate.memory()
        body = unit * (LARGEST // len(unit))
        spent = gate.processor_seconds()
        assert dora.gives(stuffed(body)).startswith(b"250 ")
        assert gate.processor_seconds() - spent < 10
    assert gate.peak_memory() - before < 100 * MIB
    assert desk.kept()[-1].raw_uri == hashlib.sha256(body).hexdigest()
    assert desk.bodies()[-1] == body


def test_25_mib_without_a_line_end_arrive_byte_for_byte(desk: Desk, start_a_gate: object) -> None:
    """H-009"""
    gate: GateProcess = start_a_gate()  # type: ignore[operator]
    body = b"x" * (LARGEST - 2) + b"\r\n"
    with gate.client() as dora:
        before = gate.memory()
        assert dora.greets().gives(body).startswith(b"250 ")
    assert gate.peak_memory() - before < 100 * MIB
    assert desk.bodies() == [body]


def test_more_than_the_limit_is_read_to_its_end_and_refused(desk: Desk, start_a_gate: object) -> None:
    """H-009, S19"""
    gate: GateProcess = start_a_gate()  # type: ignore[operator]
    with gate.client() as eve:
        before = gate.memory()
        eve.greets().begins_mail()
        for _ in range(100):
            eve.send(b"x" * MIB)
        eve.send(b"\r\n.\r\n")
        assert eve.answer() == b"552 5.3.4 The mail is larger than we take\r\n"
        assert eve.gives(b"Subject: small\r\n\r\n").startswith(b"250 ")
    assert gate.peak_memory() - before < 100 * MIB
    assert desk.bodies() == [b"Subject: small\r\n\r\n"]
    assert list(desk.blobs.root.rglob("*.tmp")) == []


def test_the_limit_is_exact(desk: Desk, open_a_gate: GateFactory) -> None:
    gate = open_a_gate(message=2_000)
    with gate.client() as dora:
        dora.greets()
        assert dora.gives(b"x" * 1_998 + b"\r\n").startswith(b"250 ")
        assert dora.gives(b"x" * 1_999 + b"\r\n").startswith(b"552 5.3.4 ")


@pytest.mark.parametrize("length", [999, 2_000, 70_000, 1_000_000])
def test_lines_of_any_length_arrive_byte_for_byte(desk: Desk, gate: GateThread, length: int) -> None:
    """H-010"""
    body = b"Subject: long\r\n\r\n" + b"y" * length + b"\r\n.." + b"z" * length + b"\r\n"
    with gate.client() as dora:
        assert dora.greets().gives(stuffed(body)).startswith(b"250 ")
    assert desk.bodies() == [body]


def test_300_random_dot_stuffed_bodies_arrive_byte_for_byte(desk: Desk, gate: GateThread) -> None:
    dice = random.Random(300)
    pieces = [
        b".",
        b"..",
        b"\r\n",
        b"\r\n.",
        b"\r",
        b"\n",
        b"a",
        b"\0",
        b"\xff",
        b"\r\n..\r\n",
        b"text text text",
    ]
    bodies = [
        b"".join(dice.choices(pieces, k=dice.randrange(400))) + b"%d\r\n" % number for number in range(300)
    ]
    with gate.client() as dora:
        dora.greets()
        for body in bodies:
            assert dora.gives(stuffed(body)).startswith(b"250 ")
    assert desk.bodies() == bodies


def test_size_in_mail_is_believed_when_it_is_too_large_and_checked_when_it_is_not(
    desk: Desk, open_a_gate: GateFactory
) -> None:
    """H-018"""
    gate = open_a_gate(message=2_000)
    with gate.client() as dora:
        assert dora.answer().startswith(b"220 ")
        assert b"250-SIZE 2000\r\n" in dora.says(b"EHLO dora.example.org")
        for size, answer in {
            b"2001": b"552 5.3.4 ", b"1" + b"0" * 40: b"552 5.3.4 ", b"-1": b"501 5.5.4 ", b"": b"501 5.5.4 ",
            b"1.5": b"501 5.5.4 ", b"0x10": b"501 5.5.4 ",
        }.items():  # fmt: skip
            assert dora.says(b"MAIL FROM:<dora@example.org> SIZE=" + size).startswith(answer), size
        assert dora.says(b"MAIL FROM:<dora@example.org> SIZE=1").startswith(b"250 ")
        dora.says(RCPT)
        dora.says(b"DATA")
        dora.send(b"x" * 5_000 + b"\r\n.\r\n")
        assert dora.answer().startswith(b"552 5.3.4 ")
    assert desk.kept() == []


def test_a_mail_in_a_loop_is_refused_and_a_bounce_in_a_loop_is_taken(desk: Desk, gate: GateThread) -> None:
    """S21"""
    hops = b"".join(b"Received: from hop%d\r\n\tby hop%d\r\n" % (hop, hop + 1) for hop in range(51))
    with gate.client() as dora:
        dora.greets()
        assert dora.gives(hops + b"Subject: round\r\n\r\nReceived: body\r\n") == (
            b"554 5.4.6 Routing loop: the mail went through too many hands\r\n"
        )
        fifty = hops.split(b"\r\n", 2)[2]
        assert dora.gives(fifty + b"Subject: far\r\n\r\n" + b"Received: body\r\n" * 60).startswith(b"250 ")
        dora.begins_mail(b"MAIL FROM:<>")
        dora.send(hops + b"Subject: bounce\r\n\r\n.\r\n")
        assert dora.answer().startswith(b"250 ")
    assert [mail.wire_flags for mail in desk.kept()] == [[], ["routing_loop"]]


def test_large_bodies_beyond_the_slots_are_deferred_and_small_ones_are_not(
    desk: Desk, open_a_gate: GateFactory
) -> None:
    """S18"""
    gate = open_a_gate(body_slots=2, free_of_slot=1_000, relays=())
    with gate.client() as first, gate.client() as second, gate.client() as third:
        for eve in (first, second, third):
            eve.greets().begins_mail()
        for eve in (first, second):
            eve.send(b"x" * 5_000)
        with gate.client() as dora:
            dora.greets()
            assert dora.gives(b"Subject: small\r\n\r\nhello\r\n").startswith(b"250 ")
            assert dora.says(b"MAIL FROM:<dora@example.org> SIZE=5000").startswith(b"250 ")
            dora.says(RCPT)
            assert dora.says(b"DATA").startswith(b"451 4.3.1 ")
        third.send(b"x" * 5_000 + b"\r\n.\r\n")
        assert third.answer() == b"451 4.3.1 Too many large mails at once, please try again later\r\n"
        first.send(b"\r\n.\r\n")
        assert first.answer().startswith(b"250 ")
        assert third.gives(b"x" * 5_000 + b"\r\n").startswith(b"250 ")


def test_one_peer_cannot_take_all_slots(desk: Desk, open_a_gate: GateFactory) -> None:
    """S18"""
    gate = open_a_gate(body_slots=3, body_slots_per_peer=1, free_of_slot=1_000, relays=())
    with (
        gate.client("127.0.0.2") as first,
        gate.client("127.0.0.2") as second,
        gate.client("127.0.0.3") as dora,
    ):
        first.greets().begins_mail()
        first.send(b"x" * 5_000)
        second.greets().begins_mail()
        second.send(b"x" * 5_000 + b"\r\n.\r\n")
        assert second.answer().startswith(b"451 4.3.1 ")
        assert dora.greets().gives(b"x" * 5_000 + b"\r\n").startswith(b"250 ")


def test_a_body_is_never_read_as_commands_however_often_it_goes_to_the_disk(
    desk: Desk, open_a_gate: GateFactory
) -> None:
    gate = open_a_gate(in_row=1_000)
    smuggled = b"RSET\r\nMAIL FROM:<eve@example.net>\r\nRCPT TO:<sales@example.com>\r\nDATA\r\n"
    bodies = [b"Subject: %d\r\n\r\n" % number + smuggled * (number * 3_000) for number in range(1, 9)]
    with gate.client() as dora:
        dora.greets()
        for body in bodies:
            dora.begins_mail()
            dora.send(body + b".\r\nNOOP\r\n")
            assert dora.answer().startswith(b"250 2.0.0 queued as ")
            assert dora.answer() == b"250 2.0.0 Ok\r\n"
    assert desk.bodies() == bodies
    assert {tuple(mail.recipients) for mail in desk.kept()} == {("support@example.com",)}


def test_a_body_on_a_disk_that_fails_is_read_to_its_end_and_deferred(
    desk: Desk, open_a_gate: GateFactory
) -> None:
    gate = open_a_gate(in_row=1_000)
    with gate.client() as dora:
        dora.greets().begins_mail()
        desk.blobs.root.rmdir()
        desk.blobs.root.write_text("in the way")
        dora.send(b"RSET\r\n" * 100_000 + b".\r\nNOOP\r\n")
        assert dora.answer().startswith(b"452 4.3.1 ")
        assert dora.answer() == b"250 2.0.0 Ok\r\n"
        assert dora.gives(b"small\r\n").startswith(b"250 ")
    assert desk.bodies() == [b"small\r\n"]


def test_a_full_disk_defers_at_mail(desk: Desk, open_a_gate: GateFactory) -> None:
    """S10"""
    gate = open_a_gate(free_disk=2**60)
    with gate.client() as dora:
        dora.greets()
        assert dora.says(b"MAIL FROM:<dora@example.org>").startswith(b"452 4.3.1 ")


@pytest.mark.parametrize("what", ["waits to be filed", "waits for an agent"])
def test_too_much_that_is_not_seen_to_defers_at_mail_until_it_is(
    desk: Desk, open_a_gate: GateFactory, what: str
) -> None:
    """S10"""
    gate = open_a_gate(backlog=2, backlog_look_seconds=0.1)
    with gate.client() as dora:
        dora.greets()
        for number in range(2):
            assert dora.gives(b"Subject: %d\r\n\r\n" % number).startswith(b"250 ")
    if what == "waits for an agent":
        desk.execute("UPDATE inbound_message SET state = 'done'")
        desk.execute("UPDATE inbound_delivery SET decision = 'held', rule = 'D7a', set_aside_at = now()")
    wait_until(lambda: answer_to_mail(gate) == b"452 4.3.1 No room for mail right now, please try again later\r\n")
    desk.execute("UPDATE inbound_message SET state = 'done'")
    desk.execute("UPDATE inbound_delivery SET set_aside_at = NULL")
    wait_until(lambda: answer_to_mail(gate).startswith(b"250 "))


def answer_to_mail(gate: GateThread) -> bytes:
    with gate.client() as client:
        return client.greets().says(MAIL)
