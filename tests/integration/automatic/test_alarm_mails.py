"""Alarms by mail: once, again after a day, and when it is over; within budgets, and only to administrators."""

import pytest
from sqlalchemy import func, select, text, update

from jobs.makers import made
from models.actions.alarm_mails import tell_of_alarms
from models.actions.alarms import raise_alarm, settle_alarms
from models.app import blobs_of, settings_of
from models.custody import Alarm
from models.database import db
from models.outbox import Outbox
from models.people import User
from tests.cast import Desk

SENTENCE = "Three mails wait to be filed."


@pytest.fixture
def told(desk: Desk) -> Desk:
    """Cleo, the administrator, has an address."""
    db.session.execute(update(User).where(User.username == "cleo").values(email="cleo@desk.example", email_verified_at=func.now()))
    raise_alarm("late", SENTENCE)
    grows_older("2 minutes")
    return desk


def grows_older(age: str) -> None:
    older = text(f"interval '{age}'")
    db.session.execute(
        update(Alarm).values(opened_at=Alarm.opened_at - older, told_at=Alarm.told_at - older, over_told_at=Alarm.over_told_at - older)
    )
    db.session.commit()


def tells(desk: Desk) -> int:
    queued = tell_of_alarms(desk.keys)
    db.session.commit()
    return queued


def mails() -> list[Outbox]:
    return list(db.session.scalars(select(Outbox).where(Outbox.kind.in_(("alarm", "alarm_over"))).order_by(Outbox.created_at)))


def closes() -> None:
    db.session.execute(update(Alarm).where(Alarm.closed_at.is_(None)).values(closed_at=func.clock_timestamp()))
    db.session.commit()


def test_an_alarm_is_told_once_again_after_a_day_and_when_it_is_over(told: Desk) -> None:
    assert [tells(told), tells(told)] == [1, 0]
    grows_older("25 hours")
    assert [tells(told), tells(told)] == [1, 0]
    closes()
    assert [tells(told), tells(told)] == [1, 0]
    assert [(mail.kind, mail.rcpt, mail.automatic) for mail in mails()] == [
        ("alarm", "cleo@desk.example", True), ("alarm", "cleo@desk.example", True), ("alarm_over", "cleo@desk.example", True),
    ]  # fmt: skip


def test_the_mail_says_what_is_wrong_and_the_last_one_that_it_is_over(told: Desk) -> None:
    tells(told)
    grows_older("25 hours")
    tells(told)
    closes()
    tells(told)
    first, again, over = [made(mail, settings_of(told.app), blobs_of(told.app)).decode() for mail in mails()]
    for mail in (first, again, over):
        assert SENTENCE in mail and "Auto-Submitted: auto-generated" in mail and "/mail/" in mail
    assert "Still: " not in first and "Still: " in again and "it is over" in over


def test_an_alarm_that_is_over_within_a_minute_is_told_to_nobody(desk: Desk) -> None:
    db.session.execute(update(User).where(User.username == "cleo").values(email="cleo@desk.example"))
    raise_alarm("late", SENTENCE)
    db.session.commit()
    assert tells(desk) == 0
    closes()
    assert tells(desk) == 0


def test_an_alarm_that_comes_and_goes_is_told_once_an_hour(told: Desk) -> None:
    assert tells(told) == 1
    closes()
    assert tells(told) == 1
    raise_alarm("late", SENTENCE)
    grows_older("2 minutes")
    assert tells(told) == 0
    grows_older("1 hour")
    assert tells(told) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"notices": "never"},
        {"is_active": False},
        {"role": "agent"},
        {"email": None},
    ],
)
def test_who_wants_none_is_no_administrator_or_has_no_address_gets_none(told: Desk, change: dict[str, object]) -> None:
    db.session.execute(update(User).where(User.username == "cleo").values(**change))
    db.session.commit()
    assert tells(told) == 0


def test_an_hour_brings_no_more_than_the_budget_of_one_reader(told: Desk) -> None:
    for number in range(80):
        raise_alarm(f"kind {number}", SENTENCE)
    grows_older("2 minutes")
    assert tells(told) == 60


def test_the_log_hears_of_an_alarm_once_and_of_its_end(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for found in ({"late": SENTENCE}, {"late": SENTENCE}, {}, {}, {"late": SENTENCE}):
        settle_alarms(found, Alarm.kind == "late")
        db.session.commit()
    assert [line.getMessage() for line in caplog.records] == [SENTENCE, f"this is over: {SENTENCE}", SENTENCE]
