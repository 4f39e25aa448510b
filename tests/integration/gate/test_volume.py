"""One sender, or all of them, bring more than a day may bring: big mails come again later, small ones pass (mail-safety H-125)."""

import time

import pytest

from mailgate.limits import Limits
from mailgate.volume import Volume
from tests.gate import Desk, GateFactory, GateThread
from tests.smtp_client import Client
from tests.waiting import wait_until

BIG = b"Subject: big\r\n\r\n" + (b"x" * 76 + b"\r\n") * 4_000  # some 305 KiB
SMALL = b"Subject: small\r\n\r\nhello\r\n"
LATER = b"452 4.3.1 No room for more big mails today, please try again later\r\n"
DORA, EVE = b"MAIL FROM:<dora@example.org>", b"MAIL FROM:<eve@example.net>"


@pytest.fixture
def gate(open_a_gate: GateFactory) -> GateThread:
    """One sender may bring three of these big mails, all together four."""
    return open_a_gate(big_a_day_from_one=3 * len(BIG) + 1_000, big_a_day=4 * len(BIG) + 1_000, backlog_look_seconds=0.1)


def give(client: Client, mail: bytes, wire: bytes) -> bytes:
    """From MAIL to the final answer; `wire` gets a number, so that it is another mail each time."""
    client.begins_mail(mail)
    client.send(b"X-Number: %d\r\n" % time.monotonic_ns() + wire + b".\r\n")
    return client.answer()


def test_from_one_sender_big_mails_come_again_later_and_small_ones_pass(desk: Desk, gate: GateThread) -> None:
    with gate.client() as client:
        client.greets()
        assert [give(client, DORA, BIG)[:3] for _ in range(4)] == [b"250", b"250", b"250", b"452"]
        assert client.says(DORA + b" SIZE=%d" % len(BIG)) == LATER
        assert client.says(b"MAIL FROM:<DORA@Example.ORG> SIZE=%d" % len(BIG)) == LATER
        assert give(client, DORA, SMALL).startswith(b"250 ")
        assert give(client, EVE, BIG).startswith(b"250 "), "another sender has a bound of his own"
    assert [mail.raw_size > 262_144 for mail in desk.kept()] == [True, True, True, False, True]


def test_all_senders_together_have_a_bound_and_a_days_end(desk: Desk, gate: GateThread) -> None:
    with gate.client() as client:
        client.greets()
        for mail in (DORA, DORA, EVE, EVE):
            assert give(client, mail, BIG).startswith(b"250 ")
        assert give(client, b"MAIL FROM:<mallory@example.com>", BIG) == LATER, "whoever it is, and whatever was said at MAIL"
        assert give(client, b"MAIL FROM:<mallory@example.com>", SMALL).startswith(b"250 ")
    desk.execute("UPDATE inbound_message SET received_at = received_at - interval '25 hours'")

    def is_taken() -> bool:
        with gate.client() as again:
            return again.greets().says(DORA + b" SIZE=%d" % len(BIG)).startswith(b"250 ")

    wait_until(is_taken)


def test_a_gate_learns_what_came_before_it_was_there(desk: Desk, open_a_gate: GateFactory, gate: GateThread) -> None:
    with gate.client() as client:
        client.greets()
        for _ in range(3):
            assert give(client, DORA, BIG).startswith(b"250 ")
    other = open_a_gate(big_a_day_from_one=3 * len(BIG) + 1_000, backlog_look_seconds=0.1)

    def is_put_off() -> bool:
        with other.client() as client:
            return client.greets().says(DORA + b" SIZE=%d" % len(BIG)) == LATER

    wait_until(is_put_off)


def test_what_is_kept_between_two_looks_counts_and_a_look_has_the_last_word() -> None:
    volume = Volume(Limits(big=10, big_a_day=100, big_a_day_from_one=50))
    volume.add("Dora@example.org", 40)
    volume.add("dora@example.org", 10)
    assert not volume.refuses("dora@example.org", 10)  # small
    assert volume.refuses("dora@example.org", 11)
    assert not volume.refuses("eve@example.net", 50)
    volume.counted([(None, 95), ("eve@example.net", 55)])
    assert volume.refuses("dora@example.org", 11) and volume.refuses("", 11)
    volume.counted([(None, None)])
    assert not volume.refuses("dora@example.org", 50)
