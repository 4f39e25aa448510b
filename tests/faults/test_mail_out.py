"""Mail goes out while everything is killed, flushed, paused: nothing lost, nothing of a machine's twice."""

import random
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import redis

from jobs.queues import OUTBOUND, queue
from tests.faults.outbound_rig import WORKERS, OutboundRig, open_outbound_rig
from tests.waiting import wait_until

SHORT = (180, 40, 6)  # replies, a machine's mails, kills
LONG = (5_000, 1_000, 50)
VICTIMS = ("worker", "host", "redis", "worker", "clock", "worker")
TICKETS = 40


@pytest.fixture(scope="module")
def rig() -> Iterator[OutboundRig]:
    with open_outbound_rig() as opened:
        yield opened


@pytest.fixture
def empty(rig: OutboundRig) -> OutboundRig:
    """The rig with nothing in its outbox."""
    with rig.connect() as connection:
        connection.execute("TRUNCATE outbox CASCADE")
    rig.record.write_text("")
    return rig


class Load:
    """Somebody writes one mail after the other; `done` counts them."""

    def __init__(self, rig: OutboundRig, tickets: list[int], replies: int, machines: int = 0, pause: float = 0) -> None:
        self.rig, self.tickets, self.pause = rig, tickets, pause
        self.plan = ["reply"] * replies + ["machine"] * machines
        random.Random(20261123).shuffle(self.plan)
        self.done = 0
        self.trouble: BaseException | None = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self) -> "Load":
        self.thread.start()
        return self

    def run(self) -> None:
        try:
            for number, kind in enumerate(self.plan):
                if kind == "reply":
                    self.rig.replies(self.tickets[number % len(self.tickets)], number)
                else:
                    self.rig.tells(number)
                self.done += 1
                time.sleep(self.pause)
        except BaseException as trouble:  # the test asks for it in `wait`
            self.trouble = trouble

    def wait(self, seconds: float) -> None:
        self.thread.join(seconds)
        assert self.trouble is None and not self.thread.is_alive(), f"{self.done} of {len(self.plan)}: {self.trouble!r}"


def sent(rig: OutboundRig) -> int:
    return sum(len(copies) for copies in rig.taken().values())


def test_replies_and_machines_mails_over_many_kills(empty: OutboundRig, is_long: bool) -> None:
    replies, machines, kills = LONG if is_long else SHORT
    rig, chance, began = empty, random.Random(20261123), time.monotonic()
    load = Load(rig, rig.tickets(TICKETS), replies, machines).start()
    for number in range(kills):
        share = (number + 1) * (replies + machines) // (kills + 1)
        wait_until(lambda: sent(rig) >= share // 2 and load.done >= share, 600, lambda: f"{share} mails; {sent(rig)} sent")
        time.sleep(chance.random() * 0.1)
        victim = VICTIMS[number % len(VICTIMS)]
        rig.strike(chance.choice(WORKERS) if victim == "worker" else victim)
        rig.time_passes_for_the_dead()
    load.wait(900)
    rig.wait_until_all_is_sent()
    taken, rows = rig.taken(), rig.outbox()
    lost = [row for row in rows if not row[1] and row[0] not in taken]
    doubled = [row for row in rows if not row[1] and len(taken.get(row[0], [])) > 1]
    twice_by_machine = [row for row in rows if row[1] and len(taken.get(row[0], [])) > 1]
    in_doubt = [row for row in rows if row[1] and row[2] == "uncertain"]
    print(
        f"\n{replies} replies and {machines} automatic mails over {kills} kills: {len(lost)} lost, {len(doubled)} replies doubled,"
        f" {len(twice_by_machine)} automatic mails doubled, {len(in_doubt)} automatic mails in doubt,"
        f" {time.monotonic() - began:.0f} s", file=sys.stderr
    )  # fmt: skip
    assert len(rows) == replies + machines and lost == []
    assert twice_by_machine == []
    assert all(row[3] for row in doubled), "doubled, and nobody had a doubt"
    assert len(doubled) <= kills * len(WORKERS) * 2, "each kill may double what was in a sender's hands"
    for row in doubled:
        assert len({mail.sha256 for mail in taken[row[0]]}) == 1, "not the same bytes"
        assert len(taken[row[0]]) == 2
    assert {row[0] for row in rows if row[2] == "sent"} <= set(taken), "said to be sent, and it was not"


def test_a_redis_flushed_again_and_again_loses_doubles_and_delays_nothing(empty: OutboundRig, is_long: bool) -> None:
    """X-13; beside it X-18: a bell that was taken and never heard is one more that is lost."""
    rig = empty
    seconds, every, most_delay = (60, 10, 5.0) if is_long else (6, 1, 60.0)
    load = Load(rig, rig.tickets(5), seconds * 4, pause=0.2).start()
    with redis.Redis.from_url(rig.redis.url) as client:
        while load.thread.is_alive():
            client.flushall()
            end = time.monotonic() + every
            while time.monotonic() < end and load.thread.is_alive():
                taken_by_the_dead = queue(OUTBOUND, client).key
                client.rpop(taken_by_the_dead)
                time.sleep(0.5)
    load.wait(300)
    rig.wait_until_all_is_sent()
    with rig.connect() as connection:
        row = connection.execute("SELECT max(extract(epoch FROM sent_at - created_at)) FROM outbox").fetchone()
    assert row is not None
    print(f"\nFLUSHALL every {every} s for {seconds} s: {len(rig.outbox())} replies, longest delay {row[0]:.1f} s", file=sys.stderr)
    assert all(len(copies) == 1 for copies in rig.taken().values())
    assert len(rig.taken()) == len(rig.outbox()) == seconds * 4
    assert row[0] <= most_delay


@pytest.mark.parametrize("trouble", ["hangs", "out of memory", "read-only"])
def test_a_redis_that_takes_no_bell_costs_a_moment(empty: OutboundRig, trouble: str) -> None:
    """X-14."""
    rig = empty
    [ticket_id] = rig.tickets(1)
    with redis.Redis.from_url(rig.redis.url) as client:
        if trouble == "out of memory":
            client.config_set("maxmemory", "1")
        elif trouble == "read-only":
            client.replicaof("127.0.0.1", 9)
        else:
            rig.redis.signal_all(signal.SIGSTOP)
        try:
            began = time.monotonic()
            rig.replies(ticket_id, 1)
            waited = time.monotonic() - began
            wait_until(lambda: sent(rig) == 1, told=f"no mail went out while Redis {trouble}")
        finally:
            rig.redis.signal_all(signal.SIGCONT)
            client.config_set("maxmemory", "0")
            client.replicaof("NO", "ONE")
    assert waited < 20, "whoever answers must not wait for Redis"


def test_a_sender_that_slept_past_its_lease_sends_nothing_any_more(empty: OutboundRig) -> None:
    """X-38: a paused machine wakes up in the middle of a mail that another has sent meanwhile."""
    rig = empty
    [ticket_id] = rig.tickets(1)
    with rig.stopped("host"):
        rig.replies(ticket_id, 1)
        sleeper = wait_until(lambda: leased_by(rig), told="no sender has the mail")
        rig.signal(sleeper, signal.SIGSTOP)
        with rig.connect() as connection:
            connection.execute("UPDATE outbox SET lease_until = clock_timestamp() - interval '1 second'")
        wait_until(lambda: leased_by(rig) not in ("", sleeper), told="the other sender does not take it")
    wait_until(lambda: sent(rig) == 1, told="the other has not sent it")
    rig.signal(sleeper, signal.SIGCONT)
    rig.replies(ticket_id, 2)
    wait_until(lambda: sent(rig) == 2, told="nobody sends what came after the sleeper woke up")
    rig.wait_until_all_is_sent()
    assert sorted(len(copies) for copies in rig.taken().values()) == [1, 1]


def leased_by(rig: OutboundRig) -> str:
    """Which worker holds a mail, '' when none does."""
    with rig.connect() as connection:
        owners = [owner for (owner,) in connection.execute("SELECT lease_owner FROM outbox WHERE state = 'leased'")]
    pids = {int(owner.rpartition(":")[2].partition("/")[0]) for owner in owners}
    return next((name for name in WORKERS if rig.running[name].pid in pids), "")
