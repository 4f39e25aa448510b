"""The moves, whole: every status × every wish × with and without an agent × staff and customer."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from models.moves import (
    REOPEN_WINDOW,
    allowed_moves,
    may_move,
    may_reopen,
    status_after_agent_replied,
    status_after_assigning,
    status_after_customer_wrote,
)
from models.ticket import Status

OPEN, ASSIGNED, WORKING, WAITING, RESOLVED, CLOSED = Status

# status → where staff may take it, with an agent and without; as the contract lists it.
STAFF = {
    OPEN: ({ASSIGNED, WORKING, WAITING, RESOLVED, CLOSED}, {ASSIGNED, WORKING, WAITING, RESOLVED, CLOSED}),
    ASSIGNED: ({OPEN, WORKING, WAITING, RESOLVED, CLOSED}, {OPEN, WORKING, WAITING, RESOLVED, CLOSED}),
    WORKING: ({ASSIGNED, WAITING, RESOLVED, CLOSED}, {OPEN, ASSIGNED, WAITING, RESOLVED, CLOSED}),
    WAITING: ({WORKING, RESOLVED, CLOSED}, {WORKING, RESOLVED, CLOSED}),
    RESOLVED: ({WORKING, CLOSED}, {OPEN, CLOSED}),
    CLOSED: ({WORKING}, {OPEN}),
}
CUSTOMER = {
    OPEN: ({RESOLVED}, {RESOLVED}),
    ASSIGNED: ({RESOLVED}, {RESOLVED}),
    WORKING: ({RESOLVED}, {RESOLVED}),
    WAITING: ({RESOLVED}, {RESOLVED}),
    RESOLVED: ({WORKING}, {OPEN}),
    CLOSED: (set(), set()),
}

EVERY_CASE = list(product(Status, Status, (True, False), (True, False)))


@pytest.mark.parametrize(("current", "wanted", "has_agent", "is_staff"), EVERY_CASE)
def test_the_table_of_the_contract(current: Status, wanted: Status, has_agent: bool, is_staff: bool) -> None:
    if current == wanted:
        return  # the same status again is no move, and no case of the table
    with_agent, without = (STAFF if is_staff else CUSTOMER)[current]
    assert may_move(current, wanted, has_agent, is_staff) == (wanted in (with_agent if has_agent else without))


@pytest.mark.parametrize(("current", "has_agent", "is_staff"), list(product(Status, (True, False), (True, False))))
def test_what_is_offered_is_what_is_allowed(current: Status, has_agent: bool, is_staff: bool) -> None:
    with_agent, without = (STAFF if is_staff else CUSTOMER)[current]
    offered = allowed_moves(current, has_agent, is_staff)
    assert set(offered) == (with_agent if has_agent else without)
    assert offered == sorted(offered, key=list(Status).index)


@pytest.mark.parametrize(
    ("current", "with_agent", "without"),
    [
        (OPEN, OPEN, OPEN),
        (ASSIGNED, ASSIGNED, ASSIGNED),
        (WORKING, WORKING, WORKING),
        (WAITING, WORKING, OPEN),
        (RESOLVED, WORKING, OPEN),
        (CLOSED, CLOSED, CLOSED),
    ],
)
def test_a_customers_words_wake_what_waits(current: Status, with_agent: Status, without: Status) -> None:
    assert status_after_customer_wrote(current, True) == with_agent
    assert status_after_customer_wrote(current, False) == without


@pytest.mark.parametrize("current", Status)
def test_the_first_reply_takes_a_ticket_into_work(current: Status) -> None:
    assert status_after_agent_replied(current) == (WORKING if current in (OPEN, ASSIGNED) else current)


@pytest.mark.parametrize(("current", "has_agent"), list(product(Status, (True, False))))
def test_assigning_turns_open_into_assigned_and_back(current: Status, has_agent: bool) -> None:
    turned = {(OPEN, True): ASSIGNED, (ASSIGNED, False): OPEN}
    assert status_after_assigning(current, has_agent) == turned.get((current, has_agent), current)


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("current", [OPEN, ASSIGNED, WORKING, WAITING])
def test_an_active_ticket_goes_on(current: Status) -> None:
    assert may_reopen(current, None, NOW)


def test_a_resolved_ticket_goes_on_for_fourteen_days_and_not_a_second_longer() -> None:
    assert timedelta(days=14) == REOPEN_WINDOW
    assert may_reopen(RESOLVED, NOW - REOPEN_WINDOW, NOW)
    assert not may_reopen(RESOLVED, NOW - REOPEN_WINDOW - SECOND, NOW)


def test_a_closed_ticket_never_goes_on() -> None:
    assert not may_reopen(CLOSED, NOW, NOW)
