"""The ledger adds up, and somebody is told when it does not."""

import pytest

from models.actions.alarms import look_after_custody
from models.database import db
from models.queries.custody import ledger, mail_gauges, open_alarms, time_to_ticket
from tests.custody import Custody


def look(custody: Custody) -> dict[str, str]:
    """One look of the clock; the alarms that are open after it."""
    with custody.app.app_context():
        look_after_custody()
        db.session.commit()
        return {alarm.kind: alarm.sentence for alarm in open_alarms()}


def test_every_accepted_mail_is_somewhere_in_the_sum(custody: Custody) -> None:
    custody.keep("Parcel")
    custody.files()
    custody.keep_raw(custody.given[0])
    custody.keep("Nobody", sender="")
    custody.files()
    custody.keep("Not filed yet")
    with custody.app.app_context():
        sums = ledger()
    assert sums.by_decision == {"new_ticket": 1, "duplicate": 1, "held": 1}
    assert (sums.accepted, sums.waiting, sums.dead, sums.unaccounted, sums.balanced) == (4, 1, 0, 0, True)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE inbound_delivery SET decision = NULL, rule = NULL",
        "DELETE FROM inbound_delivery",
    ],
)
def test_a_filed_mail_of_which_nobody_knows_is_an_alarm(custody: Custody, harm: str) -> None:
    custody.keep("Parcel")
    custody.files()
    assert look(custody) == {}
    custody.run(harm)
    with custody.app.app_context():
        assert not ledger().balanced and ledger().unaccounted == 1
    assert "The ledger is off" in look(custody)["unbalanced"]


def test_an_alarm_is_one_row_while_it_lasts_and_is_closed_when_all_is_well(custody: Custody) -> None:
    custody.keep("Parcel")
    custody.run("UPDATE inbound_message SET received_at = now() - interval '3 minutes'")
    assert "for 3 minute(s)" in look(custody)["late"]
    assert list(look(custody)) == ["late"]
    assert custody.run("SELECT count(*) FROM alarm") == [(1,)]
    custody.files()
    assert look(custody) == {}
    custody.run("UPDATE inbound_message SET state = 'dead'")
    assert list(look(custody)) == ["dead"]
    assert custody.run("SELECT kind, closed_at IS NULL FROM alarm ORDER BY id") == [("late", False), ("dead", True)]


def test_the_gauges_and_the_pace_are_those_of_the_mails(custody: Custody) -> None:
    custody.keep("Parcel")
    custody.files()
    custody.run("UPDATE inbound_message SET received_at = filed_at - interval '2 s'")
    custody.keep("Waits")
    with custody.app.app_context():
        pace = time_to_ticket()
        gauges = mail_gauges()
    assert (pace.mails, pace.p50, pace.p95) == (1, 2.0, 2.0)
    values = {name: value for name, (_, value) in gauges.items()}
    assert values["postroom_mail_waiting"] == 1 and values["postroom_mail_unaccounted"] == 0


@pytest.mark.parametrize(("gibibytes", "senders", "kinds"), [(1, 1, []), (2, 1, ["volume_of_sender"]), (1, 41, ["volume"]), (1, 39, [])])
def test_a_flood_of_big_mails_is_told_before_it_is_stopped(custody: Custody, gibibytes: int, senders: int, kinds: list[str]) -> None:
    """H-125: at four fifths of what a day may bring, from one sender or from all."""
    custody.keep("Parcel")
    custody.files()
    custody.run(
        "INSERT INTO inbound_message (id, envelope_key, mail_from, raw_sha256, raw_size, forgotten_at, state, received_at)"
        f" SELECT gen_random_uuid(), int4send(n), 'Eve' || n || '@example.net', '', {gibibytes}::bigint << 30, now(), 'done', now() - interval '1 hour'"
        f" FROM generate_series(1, {senders}) n"
    )
    assert [kind for kind in look(custody) if kind.startswith("volume")] == kinds
    custody.run("UPDATE inbound_message SET received_at = now() - interval '2 days'")
    assert [kind for kind in look(custody) if kind.startswith("volume")] == []
