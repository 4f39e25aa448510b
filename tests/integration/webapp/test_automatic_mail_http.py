"""Budgets and loop breakers on the mail flow page: for administrators, who may reset them."""

import pytest
from sqlalchemy import func, text

from models.actions.budgets import take
from models.budget_rules import purses_of_a_customer_mail
from models.database import db
from models.queries.budgets import budgets_in_use, open_breakers
from models.ticket import Ticket
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk
from tests.waiting import wait_until


@pytest.fixture
def ticket_id(desk: WebDesk) -> int:
    """A ticket whose breaker is open, and an address whose budget is used up."""
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    for number in range(3):
        take(purses_of_a_customer_mail("victim@example.org", 1000 + number))
    db.session.get_one(Ticket, ticket_id).automatic_off_until = func.clock_timestamp() + text("interval '1 day'")
    db.session.commit()
    return ticket_id


def test_an_administrator_sees_what_is_used_up_and_resets_it(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab("cleo")
    page = tab.get("/mail/").body
    assert "victim@example.org" in page and "3 of 3" in page and desk.ticket(ticket_id).ref in page
    assert tab.post("/mail/automatic/", {"scope": "address", "key": "victim@example.org"}).status == 303
    assert tab.post("/mail/automatic/", {"breaker": str(ticket_id)}).status == 303
    desk.looks_again()
    assert list(open_breakers()) == [] and not [each for each in budgets_in_use() if each.is_used_up]
    assert "victim@example.org" not in tab.get("/mail/").body


def test_agents_neither_see_nor_reset_budgets(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab("ada")
    assert "victim@example.org" not in tab.get("/mail/").body
    assert tab.post("/mail/automatic/", {"scope": "address", "key": "victim@example.org"}).status == 403
    desk.looks_again()
    assert [each for each in budgets_in_use() if each.is_used_up]


def test_the_figures_are_told_beside_the_others(desk: WebDesk, ticket_id: int) -> None:
    body = desk.tab().get("/metrics").body
    assert "postroom_loop_breakers_open 1.0" in body and "postroom_automatic_mail_last_hour 3.0" in body


def test_an_open_socket_says_that_the_desk_is_open(desk: WebDesk) -> None:
    assert desk.person(desk.ada).seen_at is None
    socket = desk.socket(desk.tab("ada"))
    try:
        wait_until(lambda: desk.person(desk.ada).seen_at is not None, told="nobody noted that Ada is here")
    finally:
        socket.close()
