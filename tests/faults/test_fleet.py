"""Two machines under traffic: restarted one after the other with a migration, one of each kind lost, Redis and Postgres failed over."""

import sys
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from models.redis_address import redis_at
from tests.audit import audit
from tests.faults.fleet import MACHINES, Browser, Fleet, fleet, next_version_migrates
from tests.faults.senders import Senders

__all__ = ["fleet"]

RATE = 50.0  # mails a second, from all senders together
WRITES_BACK = 30.0  # seconds after the promotion of a standby


@pytest.fixture(scope="module")
def browser(fleet: Fleet) -> Browser:
    return Browser(fleet.webs)


@pytest.fixture(autouse=True)
def whole_again(fleet: Fleet) -> Iterator[None]:
    """After each test the desk is as good as new: everything is filed, the ledger adds up."""
    yield
    fleet.wait_until_all_is_filed()
    assert fleet.ledger().balanced


def traffic(fleet: Fleet, first: int, seconds: float) -> Senders:
    return Senders(fleet.mx, range(first, first + int(RATE * seconds)), threads=12, seed=first, rate=RATE).start()


def comes_to_a_good_end(fleet: Fleet, senders: Senders, mails: int, told: str) -> None:
    senders.wait(300)
    fleet.wait_until_all_is_filed(150)
    became = audit(fleet.postgres.url, fleet.blobs, senders.acknowledged, fleet.pids())
    print(
        f"\n{told}: {len(senders.acknowledged)} of {mails} mails acknowledged, answers {dict(senders.answers)},"
        f" the longest wait {senders.longest_wait:.1f} s, the desk's mails became {dict(became)}",
        file=sys.stderr,
    )
    assert senders.refusals == [], "our trouble was made the sender's"
    assert len(senders.acknowledged) == mails


def test_a_rolling_restart_with_a_migration_loses_no_mail_and_no_click(fleet: Fleet, browser: Browser, is_long: bool) -> None:
    seconds, rounds = (60, 2) if is_long else (6, 1)
    senders = traffic(fleet, 100_000, seconds)
    next_version_migrates(fleet.postgres.url, fleet.folder)
    drains = []
    for _ in range(rounds):
        for machine in MACHINES:
            names = [f"{kind}.{machine}" for kind in fleet.kinds]
            drains += [fleet.restarts([name]) for name in names] if is_long else [fleet.restarts(names)]
            assert browser.asks("GET", "/api/tickets/").status == 200
    told = f"rolling restart, {len(drains)} ends of at most {max(drains):.1f} s"
    comes_to_a_good_end(fleet, senders, int(RATE * seconds), told)
    assert set(browser.statuses) == {200}


def test_a_lost_gate_is_another_gates_work(fleet: Fleet, is_long: bool) -> None:
    seconds = 20 if is_long else 2
    senders = traffic(fleet, 200_000, seconds)
    time.sleep(seconds / 3)
    fleet.lose("gate.one")
    time.sleep(seconds / 3)
    fleet.find("gate.one")
    comes_to_a_good_end(fleet, senders, int(RATE * seconds), "a lost gate")


def test_sockets_of_a_lost_web_go_on_at_the_other_without_a_gap(fleet: Fleet, browser: Browser) -> None:
    here, there = fleet.webs
    socket = browser.socket(here).begins()
    first = open_ticket(browser)
    heard = socket.hears_of("ticket.created")
    assert heard["ticket_id"] == first
    fleet.lose("web.one")
    meanwhile = [open_ticket(browser) for _ in range(3)]
    resumed = browser.socket(there, heard["id"])
    assert [resumed.hears_of("ticket.created")["ticket_id"] for _ in meanwhile] == meanwhile
    last = open_ticket(browser)
    assert resumed.hears_of("ticket.created")["ticket_id"] == last
    resumed.close()
    fleet.find("web.one")


def test_a_failover_of_redis_costs_a_moment_and_no_event(fleet: Fleet, browser: Browser) -> None:
    socket = browser.socket(fleet.webs[1]).begins()
    open_ticket(browser)
    socket.hears_of("ticket.created")
    fleet.bells.lose_the_master()
    ticket = open_ticket(browser)
    assert socket.hears_of("ticket.created")["ticket_id"] == ticket
    socket.close()
    fleet.bells.wait_until(lambda: redis_at(fleet.bells.url, socket_timeout=2).set("after", "the failover"))


def test_a_failover_of_postgres_loses_no_accepted_mail_and_writes_are_back_soon(
    fleet: Fleet, browser: Browser, is_long: bool
) -> None:
    seconds, times = (20, 3) if is_long else (4, 1)
    for number in range(times):
        senders = traffic(fleet, 300_000 + 10_000 * number, seconds)
        time.sleep(seconds / 3)
        lost = fleet.cluster.lose_the_primary()
        time.sleep(2)  # until Patroni would be sure of it
        promoted = fleet.cluster.promote_the_best()
        accepted = len(senders.acknowledged)
        while len(senders.acknowledged) == accepted:
            assert time.monotonic() - promoted < WRITES_BACK, f"no mail gets through: {senders.answers}\n{fleet.tail()}"
            time.sleep(0.02)
        back = time.monotonic() - promoted
        open_ticket(browser)
        clicks = time.monotonic() - promoted
        assert clicks < WRITES_BACK
        told = f"Postgres failed over, mail accepted {back:.1f} s after the promotion, a click {clicks:.1f} s"
        comes_to_a_good_end(fleet, senders, int(RATE * seconds), told)
        if number + 1 < times:
            fleet.cluster.bring_back(lost)


def open_ticket(browser: Browser) -> int:
    """A ticket made in the web, however long it takes."""
    key = uuid4().hex
    deadline = time.monotonic() + 60
    while (made := browser.asks("POST", "/api/tickets/", key, subject="By hand", description="Of the team.")).status == 503:
        assert time.monotonic() < deadline, made.body
        time.sleep(0.1)
    assert made.status == 201, made.body
    return int(made.json["id"])
