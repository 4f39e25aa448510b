"""The counts of the sidebar say what the lists show, each ticket once, however soon they stop."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from models.actions.merging import merge
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE
from models.database import db
from models.people import User
from models.queries.sidebar import sidebar_counts
from models.queries.tickets import ticket_page, view_count, view_named
from tests.cast import DORA, Desk

LOST = view_named("undelivered")


@pytest.fixture
def lost(desk: Desk) -> list[int]:
    """Three tickets on which answers did not arrive: six on the first, one on each of the others."""
    dora = customer_for(DORA.address, DORA.name)
    ids = [open_ticket(desk.support, dora, DORA.address, f"Matter {n}", "Words.", MAIL_GATE).id for n in range(3)]
    for ticket_id, times in zip(ids, (6, 1, 1), strict=True):
        db.session.execute(
            text(
                "WITH m AS (INSERT INTO message (ticket_id, mailbox_id, direction, source, body)"
                " SELECT :id, :mailbox, 'out', 'web', 'An answer.' FROM generate_series(1, :times) RETURNING id, ticket_id)"
                " INSERT INTO outbox (id, idempotency_key, kind, ticket_id, message_id, mail_from, rcpt, rfc_message_id, state)"
                " SELECT gen_random_uuid(), 'k' || id, 'reply', ticket_id, id, 'a@desk.example', 'd@example.net', '<x>', 'failed' FROM m"
            ),
            {"id": ticket_id, "mailbox": desk.support, "times": times},
        )
    db.session.commit()
    return ids


def counted(desk: Desk, who: User, most: int = LOST.most) -> int | None:
    return db.session.scalar(view_count(who, "all", replace(LOST, most=most)))


def test_a_ticket_with_many_lost_answers_counts_once_and_hides_no_other(desk: Desk, lost: list[int]) -> None:
    """With 2 the first rows looked at are all of one ticket: they settle nothing, and all is counted."""
    assert {most: counted(desk, desk.person(desk.ada), most) for most in (100, 3, 2, 1)} == {100: 3, 3: 3, 2: 2, 1: 1}


def test_lost_answers_are_counted_where_a_merge_has_brought_them(desk: Desk, lost: list[int]) -> None:
    merge(lost[0], lost[1], desk.ada)
    db.session.commit()
    ada = desk.person(desk.ada)
    page = ticket_page(ada, "all", LOST)
    assert {ticket.id for ticket in page.rows} == {lost[1], lost[2]}
    assert counted(desk, ada) == sidebar_counts(ada, "all").views["undelivered"] == 2


def test_what_is_closed_deleted_or_for_no_agent_is_not_counted(desk: Desk, lost: list[int]) -> None:
    db.session.execute(text("UPDATE ticket SET status = 'CLOSED' WHERE id = :id"), {"id": lost[0]})
    db.session.execute(text("UPDATE ticket SET removed_as = 'deleted' WHERE id = :id"), {"id": lost[1]})
    db.session.commit()
    assert counted(desk, desk.person(desk.ada)) == 1
    assert counted(desk, desk.person(DORA)) == 0


def test_each_reader_has_counts_of_his_own(desk: Desk, lost: list[int]) -> None:
    """The statement is kept from one asking to the next; whose counts it asks for is part of what it is kept by."""
    desk.assigns(lost[0], desk.ada)
    ada, ben = (desk.person(who) for who in (desk.ada, desk.ben))
    seen = [(sidebar_counts(who, "all").views["mine"], sidebar_counts(who, "all").outbox) for who in (ada, ben, ada)]
    assert seen == [(1, None), (0, None), (1, None)]
    desk.assigns(lost[1], desk.ada)
    assert sidebar_counts(ada, "all").views["mine"] == 2
