"""Events: let out when they are true, never before, never when they are not; and read from the log without a gap."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from models.actions.events import forget_old_events
from models.database import db
from models.events import DeliveryChanged, Event, MailQueued, MessageCreated, TicketCreated, TicketUpdated, record
from models.queries.events import Position, end_of_log, events_after, more_will_settle, position_of
from tests.cast import DORA, Desk, mail_from
from webapp.live.relay import PATIENCE, SETTLING, pause_at


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    db.session.rollback()
    desk.heard.clear()
    return ticket_id


# Handing over


def test_nothing_is_heard_before_the_commit(desk: Desk, ticket_id: int) -> None:
    record(TicketUpdated(ticket_id))
    db.session.flush()
    assert desk.heard == []
    db.session.commit()
    assert desk.happened() == [TicketUpdated(ticket_id)]


def test_what_is_heard_is_in_the_database_already(desk: Desk, ticket_id: int) -> None:
    seen: list[int] = []

    def look(happened: list[tuple[int, Event]]) -> None:
        with psycopg.connect(desk.settings.database_url) as other:
            seen.extend(other.execute("SELECT id FROM event WHERE id = %s", [happened[0][0]]).fetchone() or ())

    desk.app.extensions["postroom.hand_over"] = look
    record(TicketUpdated(ticket_id))
    db.session.commit()
    assert len(seen) == 1


def test_a_rollback_hands_over_nothing_also_not_later(desk: Desk, ticket_id: int) -> None:
    record(TicketUpdated(ticket_id))
    db.session.flush()
    db.session.rollback()
    record(TicketCreated(ticket_id))
    db.session.commit()
    assert desk.happened() == [TicketCreated(ticket_id)]


def test_a_savepoint_that_is_released_is_not_yet_the_moment(desk: Desk, ticket_id: int) -> None:
    with db.session.begin_nested():
        record(TicketUpdated(ticket_id))
    assert desk.heard == []
    db.session.rollback()
    assert desk.heard == []


def test_a_savepoint_taken_back_takes_its_own_events_and_no_others(desk: Desk, ticket_id: int) -> None:
    record(TicketCreated(ticket_id))
    with pytest.raises(ZeroDivisionError), db.session.begin_nested():
        record(TicketUpdated(ticket_id))
        db.session.flush()
        raise ZeroDivisionError
    record(MailQueued(ticket_id, 1))
    db.session.commit()
    assert desk.happened() == [TicketCreated(ticket_id), MailQueued(ticket_id, 1)]


def test_savepoints_in_savepoints_change_nothing(desk: Desk, ticket_id: int) -> None:
    with db.session.begin_nested():
        record(TicketCreated(ticket_id))
        inner = db.session.begin_nested()
        record(TicketUpdated(ticket_id))
        inner.rollback()
    db.session.commit()
    assert desk.happened() == [TicketCreated(ticket_id)]


def test_events_come_in_the_order_they_happened_in(desk: Desk, ticket_id: int) -> None:
    told = [TicketCreated(ticket_id), MessageCreated(ticket_id, 1, "in"), TicketUpdated(ticket_id)]
    for event in told:
        record(event)
    db.session.commit()
    ids = [number for number, _ in desk.heard]
    assert ids == sorted(ids) and desk.happened() == told


def test_the_same_event_is_not_heard_twice(desk: Desk, ticket_id: int) -> None:
    record(TicketUpdated(ticket_id))
    db.session.commit()
    db.session.commit()
    assert len(desk.happened()) == 1


@pytest.mark.parametrize(
    ("event", "is_internal"),
    [
        (MessageCreated(1, 2, "in"), False),
        (MessageCreated(1, 2, "out"), False),
        (MessageCreated(1, 2, "note"), True),
        (MessageCreated(1, 2, "in", True), True),
        (DeliveryChanged(1, 2), True),
        (TicketUpdated(1), False),
    ],
)
def test_what_is_of_the_team_is_marked_so(event: Event, is_internal: bool) -> None:
    assert event.is_internal is is_internal


# The log


@contextmanager
def slow_writer(desk: Desk, ticket_id: int) -> Iterator[psycopg.Connection]:
    """A second connection that has recorded an event and not committed it."""
    with psycopg.connect(desk.settings.database_url) as other:
        other.execute(
            "INSERT INTO event (kind, ticket_id, is_internal, ids) VALUES ('ticket.updated', %s, false, '{}')", [ticket_id]
        )
        yield other


def read(position: Position) -> tuple[list[int], Position]:
    """The ids of what has settled since, as another process would read them."""
    events, position = events_after(position)
    ids = [event.id for event in events]
    db.session.rollback()
    return ids, position


def test_a_transaction_that_commits_late_is_not_missed(desk: Desk, ticket_id: int) -> None:
    """It drew its number first; whoever remembers only the highest number never sees it."""
    position = end_of_log()
    db.session.rollback()
    with slow_writer(desk, ticket_id) as other:
        record(TicketUpdated(ticket_id))
        db.session.commit()
        first, position = read(position)
        assert first == []  # something older may still come before it
        other.commit()
    both, position = read(position)
    assert len(both) == 2 and both == sorted(both)
    assert read(position) == ([], position)


def test_a_reader_knows_that_something_is_still_to_settle(desk: Desk, ticket_id: int) -> None:
    position = end_of_log()
    with slow_writer(desk, ticket_id) as other:
        record(TicketUpdated(ticket_id))
        db.session.commit()
        assert more_will_settle(position) and pause_at(position) == SETTLING
        other.commit()
    _, position = read(position)
    assert not more_will_settle(position) and pause_at(position) == PATIENCE


def test_a_transaction_that_is_taken_back_holds_up_nobody_for_longer(desk: Desk, ticket_id: int) -> None:
    position = end_of_log()
    db.session.rollback()
    with slow_writer(desk, ticket_id) as other:
        record(TicketUpdated(ticket_id))
        db.session.commit()
        other.rollback()
    ids, _ = read(position)
    assert len(ids) == 1


def test_the_end_of_the_log_is_behind_all_that_has_been_and_before_all_that_runs(desk: Desk, ticket_id: int) -> None:
    with slow_writer(desk, ticket_id) as other:
        position = end_of_log()
        db.session.rollback()
        assert read(position)[0] == []
        other.commit()
    assert len(read(position)[0]) == 1


def test_a_reader_goes_on_from_any_event(desk: Desk, ticket_id: int) -> None:
    for _ in range(5):
        record(TicketUpdated(ticket_id))
        db.session.commit()
    ids = [number for number, _ in desk.heard]
    for place, event_id in enumerate(ids):
        position = position_of(event_id)
        assert position is not None
        assert read(position)[0] == ids[place + 1 :]


def test_long_logs_are_read_in_portions(desk: Desk, ticket_id: int) -> None:
    position = end_of_log()
    for _ in range(5):
        record(TicketUpdated(ticket_id))
    db.session.commit()
    seen: list[int] = []
    while True:
        events, position = events_after(position, limit=2)
        if not events:
            break
        assert len(events) <= 2
        seen += [event.id for event in events]
    assert seen == [number for number, _ in desk.heard]


def test_an_event_nobody_keeps_any_more_has_no_place(desk: Desk, ticket_id: int) -> None:
    record(TicketUpdated(ticket_id))
    db.session.commit()
    [(event_id, _)] = desk.heard
    assert position_of(event_id) is not None
    desk.time_passes("event", "25 hours", "created_at")
    assert forget_old_events() >= 1
    db.session.commit()
    assert position_of(event_id) is None
    assert position_of(2**62) is None
