"""Everything is killed while mail comes in; afterwards every acknowledged mail is there, once, and can be seen."""

import random
import sys
import time

from tests.audit import audit
from tests.faults.rig import Rig
from tests.faults.senders import Senders
from tests.waiting import wait_until

SHORT = (1_000, 10)
LONG = (10_000, 50)
VICTIMS = ("gate", "filer", "child", "backend", "postmaster", "redis")


def test_nothing_is_lost_or_doubled_however_often_everything_is_killed(rig: Rig, is_long: bool) -> None:
    mails, kills = LONG if is_long else SHORT
    chance = random.Random(20261122)
    began = time.monotonic()
    senders = Senders(rig.port, range(mails)).start()
    killed = []
    for number in range(kills):
        enough = mails * number / (kills + 1)
        wait_until(lambda: len(senders.acknowledged) >= enough, 300, lambda: f"no mail gets through: {senders.answers}")
        time.sleep(chance.random() * 0.2)
        killed.append(strike(rig, VICTIMS[number % len(VICTIMS)], chance))
    senders.wait(1_200)
    rig.wait_until_all_is_filed()
    became = audit(rig.postgres.url, rig.blobs, senders.acknowledged, rig.pids())
    sums = rig.ledger()
    print(
        f"\n{len(senders.acknowledged)} mails acknowledged, {len(killed)} kills, {senders.vanished} clients vanished,"
        f" answers {dict(senders.answers)}, became {dict(became)}, {time.monotonic() - began:.0f} s", file=sys.stderr
    )  # fmt: skip
    assert senders.refusals == [], "our trouble was made the sender's"
    assert len(senders.acknowledged) == mails
    assert sums.balanced and sums.accepted == sum(became.values())


def strike(rig: Rig, victim: str, chance: random.Random) -> str:
    match victim:
        case "gate":
            rig.kill("gate")
        case "filer":
            rig.kill(chance.choice(("filer.1", "filer.2")))
        case "child":
            rig.kill_a_child(chance.random())
        case "backend":
            rig.kill_a_backend()
        case "postmaster":
            rig.postgres.kill()
            time.sleep(0.5)
            rig.postgres.restart()
        case "redis":
            rig.redis.kill()
            time.sleep(0.5)
            rig.redis.restart()
    return victim
