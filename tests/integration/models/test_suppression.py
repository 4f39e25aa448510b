"""Addresses the desk has stopped writing to."""

import pytest

from models.actions.suppression import lift, note_trouble
from models.database import db
from models.errors import Forbidden, NotFound
from models.outbox import Outbox
from models.queries.suppression import is_suppressed, suppressions
from tests.cast import DORA, Desk, mail_from


def mails_to_dora(desk: Desk, count: int) -> list[Outbox]:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    return [desk.delivers(desk.replies(ticket_id, f"answer {number}")) for number in range(count)]


def bounces(row: Outbox, status: str = "5.1.1", points: int = 2) -> bool:
    news = note_trouble(row, "bounce", status, points, f"{status} no such user")
    db.session.commit()
    return news


def test_two_mails_that_bounce_stop_the_desk_writing_there(desk: Desk) -> None:
    first, second = mails_to_dora(desk, 2)
    assert not bounces(first) and not is_suppressed(DORA.address)
    assert bounces(second)
    assert is_suppressed("Dora@Example.NET") and is_suppressed(DORA.address, automatic=False)
    assert [(row.address, row.reason, row.detail) for row in suppressions()] == [
        (DORA.address, "undeliverable", "5.1.1 no such user")
    ]


def test_one_mail_that_is_reported_twice_counts_once(desk: Desk) -> None:
    [row] = mails_to_dora(desk, 1)
    for _ in range(5):
        bounces(row)
    assert not is_suppressed(DORA.address)


def test_a_complaint_ends_automatic_mail_and_no_answers(desk: Desk) -> None:
    [row] = mails_to_dora(desk, 1)
    assert note_trouble(row, "complaint", "", 0, "abuse")
    assert is_suppressed(DORA.address) and not is_suppressed(DORA.address, automatic=False)


def test_an_administrator_lifts_it_and_old_reports_are_forgiven(desk: Desk) -> None:
    first, second, third = mails_to_dora(desk, 3)
    bounces(first)
    bounces(second)
    lift(DORA.address, desk.cleo)
    db.session.commit()
    assert not is_suppressed(DORA.address)
    assert not bounces(third) and not is_suppressed(DORA.address)


def test_an_agent_cannot_lift_it_and_nobody_twice(desk: Desk) -> None:
    [row] = mails_to_dora(desk, 1)
    bounces(row, "5.1.10")
    with pytest.raises(Forbidden):
        lift(DORA.address, desk.ada)
    lift(DORA.address, desk.cleo)
    with pytest.raises(NotFound):
        lift(DORA.address, desk.cleo)
