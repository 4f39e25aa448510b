"""The tallies say at every moment what counting the tickets would say, whoever changes them and however."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, func, select, text, update

from models.actions.merging import merge
from models.actions.people import customer_for
from models.actions.removing import delete_ticket, restore_ticket
from models.actions.tallies import fold_tallies
from models.actions.tickets import edit_ticket, open_ticket
from models.actor import MAIL_GATE
from models.blobs import BlobStore
from models.database import db
from models.queries import analytics
from models.queries.figures import Period, today
from models.queries.tallies import active_now, by_tag, standing
from models.tally import TagTally, TicketTally
from models.ticket import ACTIVE, Ticket
from postroom.seed import Wanted, seed_desk
from tests.cast import DORA, Desk

COUNTED = """
SELECT status, priority, mailbox_id, assigned_agent_id IS NULL, count(*) FROM ticket
 WHERE removed_as IS DISTINCT FROM 'deleted' GROUP BY 1, 2, 3, 4
"""
TAGGED = """
SELECT tag, count(*), count(*) FILTER (WHERE status IN ('RESOLVED', 'CLOSED')) FROM ticket, unnest(tags) AS tag
 WHERE removed_as IS DISTINCT FROM 'deleted' AND date(timezone('UTC', created_at)) BETWEEN :first AND :last
   AND (CAST(:mailbox AS bigint) IS NULL OR mailbox_id = :mailbox)
 GROUP BY 1 ORDER BY 2 DESC, 1
"""


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A desk with eight tickets, the youngest of today, each a week older than the next."""
    dora = customer_for(DORA.address, DORA.name)
    for weeks in range(7, -1, -1):
        ticket = open_ticket(desk.support, dora, DORA.address, f"Matter {weeks}", "Words.", MAIL_GATE)
        db.session.flush()
        opened = func.clock_timestamp() - timedelta(weeks=weeks)
        db.session.execute(update(Ticket).where(Ticket.id == ticket.id).values(created_at=opened, tags=["old", "lamp"][: weeks % 3]))
    db.session.commit()
    return desk


def agrees() -> None:
    """Everything the tallies say is what is found by counting."""
    assert sorted(map(tuple, standing())) == sorted(map(tuple, db.session.execute(text(COUNTED))))
    for mailbox_id in (None, *db.session.scalars(select(Ticket.mailbox_id).distinct())):
        here = [Ticket.mailbox_id == mailbox_id] if mailbox_id else []
        there = Ticket.removed_as.is_distinct_from("deleted")
        number = db.session.scalar(select(func.count()).select_from(Ticket).where(there, Ticket.status.in_(ACTIVE), *here))
        assert active_now(mailbox_id) == number
        for first in (today(), today() - timedelta(days=20), date(2000, 1, 1)):
            asked: dict[str, Any] = {"first": first, "last": today(), "mailbox": mailbox_id}
            said = [(each.tag, each.created, each.over) for each in by_tag(Period(first, today()), mailbox_id)]
            assert said == [tuple(row) for row in db.session.execute(text(TAGGED), asked)]


def test_a_desk_that_is_loaded_at_once_is_counted(desk: Desk, database_url: str, tmp_path: Path) -> None:
    seed_desk(database_url, BlobStore(tmp_path / "blobs"), Wanted(tickets=60, messages=120, agents=3, days=60))
    assert analytics.summary().total == 60
    agrees()


def test_every_act_on_a_ticket_is_in_the_tallies_at_once(busy: Desk) -> None:
    agrees()
    first, second = (ticket.id for ticket in busy.tickets()[-2:])
    busy.assigns(first, busy.ada)
    agrees()
    busy.sets(first, "RESOLVED")
    edit_ticket(first, busy.cleo, tags=["parcel", "vip"], priority="URGENT")
    agrees()
    busy.assigns(second, busy.ben)
    busy.assigns(second, None)
    edit_ticket(second, busy.cleo, tags=["parcel"])
    agrees()
    assert ("parcel", 2, 1) in [(each.tag, each.created, each.over) for each in by_tag(Period.last_days(30, today()))]
    delete_ticket(second, busy.cleo)
    db.session.commit()
    agrees()
    restore_ticket(second, busy.cleo)
    merge(second, first, busy.cleo)
    db.session.commit()
    agrees()


def test_a_hand_in_the_database_is_in_the_tallies_too(busy: Desk) -> None:
    newest = select(func.max(Ticket.id)).scalar_subquery()
    for change in (
        {"tags": ["a", "b", "a"], "mailbox_id": busy.billing},
        {"tags": [], "status": "CLOSED", "created_at": Ticket.created_at - timedelta(days=9)},
        {"removed_as": "spam", "tags": ["a"]},
        {"removed_as": "deleted"},
        {"status": "OPEN", "tags": ["a", "c"]},
        {"removed_as": None},
    ):
        db.session.execute(update(Ticket).where(Ticket.id == newest).values(change))
        agrees()
    busy.looks_again()
    agrees()


def test_what_changes_nothing_that_is_counted_leaves_no_row(busy: Desk) -> None:
    before = rows()
    busy.notes(busy.tickets()[-1].id)
    db.session.execute(update(Ticket).values(subject="Another", updated_at=func.clock_timestamp()))
    assert rows() == before


def test_what_is_taken_back_was_never_counted(busy: Desk) -> None:
    before = rows()
    db.session.execute(update(Ticket).values(status="CLOSED", tags=["gone"]))
    agrees()
    db.session.rollback()
    assert rows() == before
    agrees()


def test_folded_rows_say_the_same_and_are_fewer(busy: Desk) -> None:
    for status in ("IN_PROGRESS", "CLOSED", "OPEN"):
        db.session.execute(update(Ticket).values(status=status))
    lying = rows()
    assert fold_tallies(enough=10**6) == 0 and rows() == lying
    assert fold_tallies(enough=5) == 2
    assert rows()[0] < lying[0] and rows()[1] < lying[1]
    agrees()
    assert fold_tallies(enough=0) == 0
    db.session.execute(update(Ticket).values(status="RESOLVED"))
    fold_tallies(enough=0)
    agrees()


def test_agents_who_change_tickets_while_rows_are_folded_wait_for_nobody_and_lose_nothing(busy: Desk, database_url: str) -> None:
    ids = [ticket.id for ticket in busy.tickets()]
    busy.looks_again()

    def change(status: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            for ticket_id in ids * 5:
                connection.execute("UPDATE ticket SET status = %s, tags = array_append(tags, 'hurried') WHERE id = %s", (status, ticket_id))

    with ThreadPoolExecutor() as agents:
        at_work = [agents.submit(change, status) for status in ("OPEN", "CLOSED", "IN_PROGRESS")]
        while not all(agent.done() for agent in at_work):
            fold_tallies(enough=0)
            db.session.commit()
    assert [agent.result() for agent in at_work] == [None] * 3
    busy.looks_again()
    agrees()


def test_an_open_change_does_not_hold_up_another_nor_the_fold(busy: Desk, database_url: str) -> None:
    first, second = (ticket.id for ticket in busy.tickets()[-2:])
    busy.looks_again()
    with psycopg.connect(database_url) as slow:
        slow.execute("UPDATE ticket SET status = 'CLOSED' WHERE id = %s", (first,))
        db.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        db.session.execute(update(Ticket).where(Ticket.id == second).values(status="CLOSED"))
        fold_tallies(enough=0)
        db.session.commit()
        agrees()
    busy.looks_again()
    agrees()


def test_the_summary_is_the_tallies(busy: Desk) -> None:
    found = analytics.summary()
    assert found.total == db.session.scalar(select(func.count()).select_from(Ticket))
    assert found.active == active_now(None) == sum(found.by_mailbox.values())


def test_an_emptied_table_has_no_tickets(busy: Desk) -> None:
    db.session.execute(text("TRUNCATE ticket CASCADE"))
    assert rows() == (0, 0)
    db.session.rollback()
    agrees()


def test_a_ticket_that_is_gone_from_the_database_is_not_counted(busy: Desk) -> None:
    before = analytics.summary().total
    copied = text(
        "INSERT INTO ticket (ref, mailbox_id, customer_id, subject, tags) SELECT 'ZZZZ-999', mailbox_id, customer_id, 'Copy', '{copied}'"
        " FROM ticket LIMIT 1 RETURNING id"
    )
    ticket_id = db.session.scalar(copied)
    assert analytics.summary().total == before + 1
    db.session.execute(delete(Ticket).where(Ticket.id == ticket_id))
    assert analytics.summary().total == before
    agrees()


def rows() -> tuple[int, int]:
    """How many lie in the tallies of tickets and of tags."""
    of_tickets, of_tags = (db.session.scalar(select(func.count()).select_from(table)) for table in (TicketTally, TagTally))
    return of_tickets or 0, of_tags or 0
