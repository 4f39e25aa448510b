"""What was answered 250 is committed; what was sent twice is kept once; a sender's leaving changes
neither.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from mailgate.gate import run
from mailgate.limits import GateSettings
from mailgate.store import UnsafeDatabase
from tests.gate import Desk, GateFactory, GateThread
from tests.smtp_client import Client
from tests.waiting import wait_until

WIRE = b"Subject: once\r\n\r\nhello\r\n"


def test_the_row_is_there_before_the_answer_is(desk: Desk, gate: GateThread) -> None:
    with gate.client() as dora:
        answer = dora.greets().gives(WIRE)
        (mail,) = desk.kept()
        assert answer == b"250 2.0.0 queued as %s\r\n" % str(mail.id).encode()
    assert mail.raw == WIRE and mail.raw_size == len(WIRE) and mail.raw_uri is None
    assert (
        mail.mail_from == "dora@example.org"
        and mail.helo == "dora.example.org"
        and str(mail.peer_ip) == "127.0.0.1"
    )
    assert mail.our_received.startswith(
        "Received: from dora.example.org ([127.0.0.1]) by localhost with ESMTP id "
    )
    assert mail.seen_count == 1 and mail.id.version == 7


def test_the_bell_rings_for_the_filers(desk: Desk, gate: GateThread) -> None:
    with psycopg.connect(desk.url, autocommit=True) as filer, gate.client() as dora:
        filer.execute("LISTEN inbound")
        dora.greets().gives(WIRE)
        assert [ring.channel for ring in filer.notifies(timeout=60, stop_after=1)] == ["inbound"]


def test_the_same_mail_again_is_thanked_with_the_same_id_and_kept_once(desk: Desk, gate: GateThread) -> None:
    """S23"""
    with gate.client() as dora:
        first = dora.greets().gives(WIRE)
        assert dora.gives(WIRE) == first
    with gate.client() as dora:
        assert dora.greets().gives(WIRE) == first
    (mail,) = desk.kept()
    assert mail.seen_count == 3


def test_another_sender_recipient_or_body_is_another_mail(desk: Desk, gate: GateThread) -> None:
    with gate.client() as dora:
        dora.greets().gives(WIRE)
        for mail, rcpt, wire in (
            (b"MAIL FROM:<ben@example.org>", b"RCPT TO:<support@example.com>", WIRE),
            (b"MAIL FROM:<dora@example.org>", b"RCPT TO:<sales@example.com>", WIRE),
            (b"MAIL FROM:<dora@example.org>", b"RCPT TO:<support@example.com>", WIRE + b"\r\n"),
        ):
            dora.begins_mail(mail, rcpt)
            dora.send(wire + b".\r\n")
            dora.answer()
    assert len(desk.kept()) == 4


def test_the_order_of_recipients_makes_no_other_mail(desk: Desk, gate: GateThread) -> None:
    support, sales = b"RCPT TO:<support@example.com>", b"RCPT TO:<SALES@example.com>"
    with gate.client() as dora:
        dora.greets()
        for rcpts in ((support, sales), (sales, support, sales)):
            dora.begins_mail(b"MAIL FROM:<dora@example.org>", *rcpts)
            dora.send(WIRE + b".\r\n")
            dora.answer()
    (mail,) = desk.kept()
    assert mail.seen_count == 2 and mail.recipients == ["sales@example.com", "support@example.com"]


def test_a_large_mail_goes_to_the_blobs_and_only_once(desk: Desk, gate: GateThread) -> None:
    wire = b"Subject: large\r\n\r\n" + b"x" * 1_100_000 + b"\r\n"
    with gate.client() as dora:
        dora.greets()
        assert dora.gives(wire) == dora.gives(wire)
    (mail,) = desk.kept()
    assert mail.raw is None and mail.raw_uri is not None
    assert desk.blobs.read(mail.raw_uri) == wire
    assert [path.name for path in desk.blobs.root.rglob("*") if path.is_file()] == [mail.raw_uri]


@pytest.mark.parametrize("cut", range(6))
def test_a_mail_cut_off_before_its_end_is_not_kept_and_its_second_try_is(
    desk: Desk, gate: GateThread, cut: int
) -> None:
    """H-012: all but the last `cut` octets of the terminator."""
    wire = WIRE.removesuffix(b"\r\n") + b"\r\n.\r\n"
    for end in (Client.resets, Client.closes_its_side, lambda client: client.socket.close()):
        eve = gate.client()
        eve.greets().begins_mail()
        eve.send(wire[: len(wire) - cut])
        end(eve)
        eve.socket.close()
    with gate.client() as dora:
        answer = dora.greets().gives(WIRE)
    assert answer.startswith(b"250 ")
    (mail,) = desk.kept()
    assert mail.raw == WIRE
    if cut:
        assert mail.seen_count == 1


def test_who_leaves_at_any_moment_after_the_dot_is_neither_lost_nor_doubled(
    desk: Desk, gate: GateThread
) -> None:
    """H-012"""
    wires = [b"Subject: %d\r\n\r\nhello\r\n" % number for number in range(60)]
    for number, wire in enumerate(wires):
        eve = gate.client()
        eve.greets().begins_mail()
        eve.send(wire + b".\r\n")
        time.sleep(number / 5_000)
        eve.resets()
    with gate.client() as dora:
        dora.greets()
        for wire in wires:
            assert dora.gives(wire).startswith(b"250 ")
    assert sorted(desk.bodies()) == sorted(wires)


def test_many_at_once_are_all_kept_each_once(desk: Desk, gate: GateThread) -> None:
    clients = [gate.client() for _ in range(40)]
    wires = [b"Subject: %d\r\n\r\nhello\r\n" % number for number in range(40)]
    for client in clients:
        client.greets().begins_mail()
    for client, wire in zip(clients, wires, strict=True):
        client.send(wire + b".\r\n")
    ids = [client.answer() for client in clients]
    for client in clients:
        client.socket.close()
    assert len(set(ids)) == 40 and all(answer.startswith(b"250 ") for answer in ids)
    assert sorted(desk.bodies()) == sorted(wires)


def test_a_mail_the_database_refuses_does_not_take_its_neighbours_along(desk: Desk, gate: GateThread) -> None:
    """A mailbox deleted a moment ago, which the gate still knows."""
    rcpts = (
        b"RCPT TO:<support@example.com>",
        b"RCPT TO:<sales@example.com>",
        b"RCPT TO:<support@example.com>",
    )
    clients = [gate.client().greets().begins_mail(b"MAIL FROM:<dora@example.org>", rcpt) for rcpt in rcpts]
    with locked_messages(desk):
        clients[2].send(b"Subject: waits for the lock\r\n.\r\n")
        time.sleep(0.2)
        desk.execute("DELETE FROM mailbox WHERE id = 2")
        clients[0].send(WIRE + b".\r\n")
        clients[1].send(WIRE + b".\r\n")
        time.sleep(0.2)
    assert [client.answer()[:9] for client in clients] == [b"250 2.0.0", b"451 4.3.0", b"250 2.0.0"]
    for client in clients:
        client.socket.close()
    assert len(desk.kept()) == 2


@contextmanager
def locked_messages(desk: Desk) -> Iterator[None]:
    """Keeps the gate's writer waiting, so that what comes meanwhile goes into one batch."""
    with psycopg.connect(desk.url) as connection:
        connection.execute("LOCK TABLE inbound_message IN SHARE MODE")
        yield
        connection.rollback()


@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_a_gate_refuses_to_start_on_a_database_that_forgets(desk: Desk, tmp_path: Path, setting: str) -> None:
    separator = "&" if "?" in desk.url else "?"
    url = f"{desk.url}{separator}options=-c%20{setting}%3Doff"
    with pytest.raises(UnsafeDatabase, match=f"{setting} switched off"):
        run(GateSettings(url, tmp_path, port=0))


def test_a_stopping_gate_finishes_the_mail_under_way_and_takes_no_other(desk: Desk, gate: GateThread) -> None:
    """S2"""
    with gate.client() as dora, gate.client() as idle:
        idle.greets()
        dora.greets().begins_mail()
        dora.send(b"Subject: half\r\n")
        gate.begin_stopping()
        assert idle.answer() == b"421 4.3.2 Going down for a moment, please try again later\r\n"
        assert idle.is_closed()
        wait_until(lambda: _refuses(gate))
        dora.send(b"\r\nthe other half\r\n.\r\n")
        assert dora.answer().startswith(b"250 ")
        assert dora.answer().startswith(b"421 4.3.2 ")
        assert dora.is_closed()
    assert desk.bodies() == [b"Subject: half\r\n\r\nthe other half\r\n"]


def _refuses(gate: GateThread) -> bool:
    try:
        gate.client().socket.close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_stopping_gate_waits_no_longer_than_the_drain_may_take(
    desk: Desk, open_a_gate: GateFactory
) -> None:
    gate = open_a_gate(drain_seconds=0.5)
    with gate.client() as eve:
        eve.greets().begins_mail()
        gate.stop()  # fails when it takes as long as the usual drain
        assert eve.is_closed()


def test_sigterm_ends_the_process_in_order(start_a_gate: object) -> None:
    assert start_a_gate().terminate() == 0  # type: ignore[operator]


def test_two_gates_share_a_port_only_when_both_are_told_to(desk: Desk, open_a_gate: GateFactory) -> None:
    first = open_a_gate(shares_port=True)
    second = open_a_gate(shares_port=True, port=first.port)
    alone = open_a_gate()
    with pytest.raises(OSError, match="in use"):
        open_a_gate(port=alone.port)
    first.stop()
    with second.client() as dora:
        assert dora.greets().gives(WIRE).startswith(b"250 ")
