"""Swarms: hundreds of slow clients, of clients that vanish, of addresses; the honest one among them is served."""

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.gate import Desk, GateFactory, GateProcess, GateThread
from tests.smtp_client import MAIL, Client
from tests.waiting import PATIENCE, wait_until

WIRE = b"Subject: x\r\n\r\nhello\r\n"
END = b"\r\n.\r\n"
COMMAND = b"RCPT TO:<" + b"x" * 300 + b"@example.org>\r\n"
MORE_THAN_FITS = 60_000_000  # octets of commands whose answers no socket buffer holds


async def drip(port: int, opening: bytes, stop: asyncio.Event) -> bool:
    """One slow client: says `opening`, then an octet every now and then. Whether the gate ended it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(opening)
    try:
        while not stop.is_set():
            writer.write(b"x")
            await writer.drain()
            if reader.at_eof():
                return True
            while not reader.at_eof() and len(reader._buffer):  # type: ignore[attr-defined]
                await reader.read(4096)
            await asyncio.sleep(0.3)
    except ConnectionError:
        return True
    finally:
        writer.close()
    return False


def test_500_clients_that_send_an_octet_now_and_then_hold_up_nobody(desk: Desk, open_a_gate: GateFactory) -> None:
    """H-011: half of them in a command, half in a body; each is sent away by its deadline."""
    gate = open_a_gate(command_seconds=3.0, body_seconds=3.0, body_stall_seconds=3.0)
    in_a_body = b"EHLO x\r\n" + MAIL + b"\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"

    def honest() -> None:
        for number in range(20):
            with gate.client() as dora:
                assert dora.greets().gives(b"Subject: %d\r\n\r\n" % number).startswith(b"250 ")

    async def swarm() -> list[bool]:
        stop = asyncio.Event()
        slow = [asyncio.create_task(drip(gate.port, (b"", in_a_body)[number % 2], stop)) for number in range(500)]
        await asyncio.to_thread(honest)
        return await asyncio.wait_for(asyncio.gather(*slow), 120)

    assert all(asyncio.run(swarm())), "a slow client was never sent away"
    assert len(desk.kept()) == 20


def test_500_mails_cut_off_around_the_final_dot_and_sent_again_are_there_once(desk: Desk, gate: GateThread) -> None:
    """H-012: cut off 0 to 5 octets into the terminator, by close, half-close or reset, up to 300 ms later."""

    def give(number: int) -> bool:
        dice = random.Random(number)
        body = b"Subject: %d\r\n\r\nhello" % number
        eve = gate.client()
        eve.greets().begins_mail()
        eve.send(body + END[: number % 6])
        time.sleep(dice.choice((0, 0, 0.01, 0.3)))
        (Client.resets, Client.closes_its_side, lambda client: client.socket.close())[number % 3](eve)
        eve.socket.close()
        with gate.client() as again:
            return again.greets().gives(body + b"\r\n").startswith(b"250 ")

    with ThreadPoolExecutor(16) as clients:
        assert all(clients.map(give, range(500)))
    assert sorted(desk.bodies()) == sorted(b"Subject: %d\r\n\r\nhello\r\n" % number for number in range(500))


def test_good_and_damaged_tokens_take_the_same_time(open_a_gate: GateFactory) -> None:
    """H-016: their shape alone decides, so that nobody learns from the clock which of them is real."""
    gate = open_a_gate(reply_domain="reply.example.com", recipients=10_000)
    spent: dict[bytes, list[float]] = {b"r1abcdefghij234567": [], b"r1zzzzzzzzzz777777": []}
    with gate.client() as eve:
        eve.greets().says(MAIL)
        for _ in range(300):
            for token, times in spent.items():
                began = time.perf_counter()
                assert eve.says(b"RCPT TO:<" + token + b"@reply.example.com>").startswith(b"250 ")
                times.append(time.perf_counter() - began)
    one, other = (sorted(times)[150] for times in spent.values())
    assert max(one, other) < 3 * min(one, other)


def test_10000_recipients_end_the_session_and_cost_the_room_of_a_hundred(open_a_gate: GateFactory) -> None:
    """H-017"""
    gate = open_a_gate()
    with gate.client() as eve:
        eve.greets().says(MAIL)
        commands = b"".join(b"RCPT TO:<support+%d@example.com>\r\n" % number for number in range(10_000))
        with ThreadPoolExecutor(1) as sender:
            sender.submit(_send_all, eve, commands)
            answers = []
            while answer := eve.answer():
                answers.append(answer[:9])
    assert answers[:100] == [b"250 2.1.5"] * 100
    assert set(answers[100:-1]) == {b"452 4.5.3"} and answers[-1] == b"421 4.7.0"


def _send_all(client: Client, octets: bytes) -> None:
    try:
        client.send(octets)
    except ConnectionError:
        pass  # the gate has closed meanwhile


def test_1200_connections_from_300_addresses_leave_another_served(desk: Desk, start_a_gate: object) -> None:
    """H-020: in a crowd nobody gets a third session, and who comes for the first time still finds room."""
    gate: GateProcess = start_a_gate(relays=())  # type: ignore[operator]
    with ExitStack() as crowd:
        for number in range(1_200):
            crowd.enter_context(gate.client(f"127.0.{number % 300 // 250 + 1}.{number % 250 + 1}"))
        assert crowd.enter_context(gate.client("127.0.9.9")).greets().gives(WIRE).startswith(b"250 ")


# Clients that do not read what they are told


def push_until_it_blocks(client: Client, octets: bytes, most: int) -> int:
    """Sends on and on without reading an answer; how much the gate took before it would take no more."""
    client.socket.settimeout(1.0)
    sent = 0
    while sent < most:
        try:
            sent += client.socket.send(octets)
        except TimeoutError:
            return sent
    return sent


def test_who_does_not_read_the_answers_is_not_asked_for_more(open_a_gate: GateFactory) -> None:
    gate = open_a_gate(commands=10**9)
    with gate.client() as eve:
        eve.greets().says(MAIL)
        assert push_until_it_blocks(eve, COMMAND * 100, MORE_THAN_FITS) < MORE_THAN_FITS
        eve.socket.settimeout(PATIENCE)
        for _ in range(1_000):
            assert eve.answer().startswith(b"501 ")  # whoever reads again is served again


def test_who_never_reads_the_answers_is_sent_away(open_a_gate: GateFactory) -> None:
    """Its goodbye cannot be delivered either, and is not waited for."""
    gate = open_a_gate(commands=10**9, sessions=1, command_seconds=1.5, proxy_header_seconds=0.5)
    with gate.client() as eve:
        eve.greets().says(MAIL)
        push_until_it_blocks(eve, COMMAND * 100, MORE_THAN_FITS)
        wait_until(lambda: _greeting(gate).startswith(b"220 "))


def _greeting(gate: GateThread) -> bytes:
    with gate.client() as client:
        return client.answer()


@pytest.mark.parametrize("queue", [{"queue_mails": 0}, {"queue_octets": 10}])
def test_no_room_to_wait_for_a_commit_is_our_trouble(open_a_gate: GateFactory, queue: dict[str, int]) -> None:
    """H-006"""
    with open_a_gate(**queue).client() as dora:
        assert dora.greets().gives(WIRE) == b"451 4.3.0 Our trouble, not yours, please try again later\r\n"
        assert dora.says(b"DATA").startswith(b"503 ")
