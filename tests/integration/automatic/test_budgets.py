"""Budgets: spent in the transaction of the mail, never overspent however many ask at once, seen and reset by administrators."""

import threading

import pytest
from sqlalchemy import delete, func, insert, select, text

from models.actions.alarms import look_after_custody
from models.actions.budgets import close_breaker, forget_old_budgets, reset_budget, spend, take
from models.actor import Actor
from models.budget import Budget
from models.budget_rules import INSTANCE_AN_HOUR, Purse, Scope, purses_of_a_customer_mail
from models.database import db
from models.errors import Forbidden, Invalid
from models.queries.budgets import budget_gauges, budgets_in_use, instance_spent, open_breakers
from models.queries.custody import open_alarms
from models.ticket import Ticket
from tests.cast import DORA, Desk, mail_from
from tests.post import budget_rests


def takes(address: str = DORA.address, ticket_id: int = 1) -> bool:
    taken = take(purses_of_a_customer_mail(address, ticket_id)) is None
    db.session.commit()
    return taken


def test_a_budget_comes_back_when_its_hour_has_passed_and_not_before(desk: Desk) -> None:
    assert [takes(ticket_id=n) for n in range(4)] == [True, True, True, False]
    budget_rests(desk, "54 minutes")
    assert not takes()
    budget_rests(desk, "12 minutes")
    assert takes()


def test_the_oldest_five_minutes_of_an_hour_count_whole(desk: Desk) -> None:
    """A mail may have gone at their very end: so three an hour are three in any sixty minutes."""
    for minutes, free in ((63, False), (66, True)):
        db.session.execute(delete(Budget))
        begun = func.clock_timestamp() - text(f"interval '{minutes} minutes'")
        db.session.execute(insert(Budget).values(scope="address", key=DORA.address, window_start=begun, n=3))
        db.session.commit()
        assert takes() is free


def test_what_is_refused_by_one_purse_is_paid_from_none(desk: Desk) -> None:
    for n in range(6):
        takes(ticket_id=n)
    spent = dict(db.session.execute(select(Budget.scope, func.sum(Budget.n)).group_by(Budget.scope)).all())
    assert spent == {"ticket": 3, "address": 3, "domain": 3, "instance": 3}


def test_what_is_rolled_back_was_never_spent(desk: Desk) -> None:
    take(purses_of_a_customer_mail(DORA.address, 1))
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Budget)) == 0


def test_many_at_once_spend_no_more_than_there_is(desk: Desk) -> None:
    """Ten workers on ten connections want to write to one address, each about another ticket."""
    gate = threading.Barrier(10)
    took: list[bool] = []

    def run(number: int) -> None:
        with desk.app.app_context():
            gate.wait(20)
            took.append(take(purses_of_a_customer_mail(DORA.address, number)) is None)
            db.session.execute(text("SELECT pg_sleep(0.01)"))
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(took) == [False] * 7 + [True] * 3


def test_two_who_want_several_budgets_in_another_order_do_not_wait_for_each_other_in_a_ring(desk: Desk) -> None:
    gate = threading.Barrier(2)
    troubles: list[BaseException] = []

    def run(addresses: list[str]) -> None:
        with desk.app.app_context():
            try:
                for _ in range(8):
                    gate.wait(20)
                    take([Purse(Scope.ADDRESS, address) for address in addresses])
                    db.session.commit()
            except BaseException as trouble:
                troubles.append(trouble)
            finally:
                db.session.remove()

    names = [f"{letter}@example.net" for letter in "abcdefgh"]
    threads = [threading.Thread(target=run, args=(order,)) for order in (names, names[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []


def fills_the_desk(count: int) -> None:
    for _ in range(count):
        spend([Purse(Scope.INSTANCE, "")])
    db.session.commit()


def test_when_the_whole_desk_has_sent_enough_it_acknowledges_nothing_raises_an_alarm_and_files_on(desk: Desk) -> None:
    fills_the_desk(INSTANCE_AN_HOUR)
    assert not takes()
    look_after_custody()
    db.session.commit()
    [alarm] = open_alarms()
    assert alarm.kind == "automatic_mail" and "300" in alarm.sentence
    assert desk.takes_in(mail_from(DORA)).decision == "new_ticket"
    budget_rests(desk, "66 minutes")
    look_after_custody()
    db.session.commit()
    assert list(open_alarms()) == [] and takes()


def test_a_desk_that_sent_much_a_week_ago_may_send_three_times_as_much(desk: Desk) -> None:
    fills_the_desk(150)
    budget_rests(desk, "7 days 30 minutes")
    assert instance_spent().most == 450
    assert forget_old_budgets() == 0
    budget_rests(desk, "25 hours")
    assert forget_old_budgets() > 0 and instance_spent().most == 300


def test_an_administrator_sees_what_is_nearly_used_up_and_resets_it(desk: Desk) -> None:
    for n in range(3):
        takes(ticket_id=n)
    [spent] = [each for each in budgets_in_use() if each.is_used_up]
    assert (spent.purse, spent.n, spent.most) == (Purse("address", DORA.address), 3, 3)
    with pytest.raises(Forbidden):
        reset_budget("address", DORA.address, desk.ada)
    with pytest.raises(Invalid):
        reset_budget("everything", "", desk.cleo)
    reset_budget("address", DORA.address, desk.cleo)
    db.session.commit()
    assert takes(ticket_id=9)


def test_an_administrator_starts_the_whole_desk_again(desk: Desk) -> None:
    fills_the_desk(INSTANCE_AN_HOUR)
    reset_budget("instance", "", desk.cleo)
    db.session.commit()
    assert takes()


def opens_breaker(desk: Desk) -> int:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    db.session.get_one(Ticket, ticket_id).automatic_off_until = func.clock_timestamp() + text("interval '1 day'")
    db.session.commit()
    return ticket_id


def test_an_open_breaker_is_seen_and_closed_and_the_timeline_says_so(desk: Desk) -> None:
    ticket_id = opens_breaker(desk)
    assert [each.ticket_id for each in open_breakers()] == [ticket_id]
    with pytest.raises(Forbidden):
        close_breaker(ticket_id, Actor(None, "Dora", "customer"))
    close_breaker(ticket_id, desk.cleo)
    db.session.commit()
    assert list(open_breakers()) == []
    assert [entry.actor_name for entry in desk.timeline(ticket_id, "automatic_on")] == ["Cleo"]


def test_the_figures_tell_of_budgets_and_breakers(desk: Desk) -> None:
    opens_breaker(desk)
    for n in range(3):
        takes(ticket_id=n)
    figures = {name: value for name, (_, value) in budget_gauges().items()}
    assert figures == {
        "postroom_automatic_mail_last_hour": 3,
        "postroom_automatic_mail_allowed": 300,
        "postroom_automatic_mail_stopped": 0,
        "postroom_budgets_used_up": 1,
        "postroom_loop_breakers_open": 1,
    }
