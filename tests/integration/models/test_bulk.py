"""Bulk work: rights asked for each ticket, refusals written down, a lease, and the way back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.bulk import work_on_bulk
from models.actions.bulk import ask_for_bulk, forget_old_bulk, undo_bulk
from models.actions.bulk_work import LeaseLost, claim_bulk, do_one, finish_if_done, next_tickets
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE, Actor
from models.bulk import BulkItem, BulkJob, BulkState
from models.database import db
from models.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from models.people import User
from models.queries.bulk import bulk_to_show, refusals_of
from models.ticket import Status, Ticket
from tests.cast import DORA, Desk


@pytest.fixture
def three(desk: Desk) -> list[int]:
    """Three tickets of Dora's that Ada holds."""
    dora = customer_for(DORA.address, DORA.name)
    ids = [open_ticket(desk.support, dora, DORA.address, f"Matter {n}", "Words.", MAIL_GATE).id for n in range(3)]
    db.session.commit()
    for ticket_id in ids:
        desk.assigns(ticket_id, desk.ada)
    return ids


def asks(desk: Desk, act: str, ids: list[int], by: Actor | None = None, **value: Any) -> BulkJob:
    job = ask_for_bulk(desk.person(by or desk.ada), desk.settings.agent_visibility, act, value, [Ticket.id.in_(ids)])
    db.session.commit()
    return job


def does(desk: Desk, act: str, ids: list[int], by: Actor | None = None, **value: Any) -> BulkJob:
    job_id = asks(desk, act, ids, by, **value).id
    work_on_bulk()
    return looked_at(desk, job_id)


def looked_at(desk: Desk, job_id: int) -> BulkJob:
    desk.looks_again()
    return db.session.get_one(BulkJob, job_id)


def undoes(desk: Desk, job: BulkJob, by: Actor | None = None) -> BulkJob:
    undoing = undo_bulk(job.id, by or desk.ada).id
    db.session.commit()
    work_on_bulk()
    return looked_at(desk, undoing)


def looks(desk: Desk, ids: list[int]) -> list[tuple[object, ...]]:
    return [
        (t.assigned_agent_id, t.status, t.priority, t.tags, t.snoozed_until, t.merged_into_id, t.message_count)
        for t in map(desk.ticket, ids)
    ]


TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.mark.parametrize(
    ("act", "value"),
    [
        ("assign", {"agent": 2}),
        ("assign", {"agent": None}),
        ("status", {"status": "RESOLVED"}),
        ("priority", {"priority": "URGENT"}),
        ("tag", {"tag": "Late Parcel"}),
        ("untag", {"tag": "vip"}),
        ("snooze", {"until": TOMORROW}),
        ("merge", {"into": 1}),
    ],
)
def test_each_act_is_done_to_each_ticket_and_taken_back(desk: Desk, three: list[int], act: str, value: dict[str, Any]) -> None:
    db.session.execute(update(Ticket).values(tags=["vip"]))
    db.session.commit()
    before = looks(desk, three)
    job = does(desk, act, three, **value)
    assert (job.state, job.total, job.done, job.refused) == (BulkState.DONE, 3, 3, 0)
    changed = [was != now for was, now in zip(before, looks(desk, three), strict=True)]
    assert changed == ([False, True, True] if act == "merge" else [True] * 3)
    undoing = undoes(desk, job)
    assert (undoing.done, undoing.refused) == (sum(changed), 0)
    assert looks(desk, three) == before
    kinds = {entry.kind for entry in desk.timeline(three[1])}
    assert kinds & {"assigned", "status", "priority", "tags", "snoozed", "merged_into"} and desk.timeline(three[1])[-1].actor_name == "Ada"


def test_what_one_may_not_see_is_neither_counted_nor_touched(desk: Desk, three: list[int]) -> None:
    desk.assigns(three[2], desk.ben)
    job = does(desk, "priority", three, priority="LOW")
    assert (job.total, job.done) == (2, 2)
    assert desk.ticket(three[2]).priority == "MEDIUM"
    with pytest.raises(Invalid, match="no ticket"):
        asks(desk, "priority", [three[2]], priority="LOW")
    db.session.rollback()
    with pytest.raises(Forbidden):
        ask_for_bulk(desk.person(DORA), "assigned", "priority", {"priority": "LOW"}, [])


def test_who_loses_sight_before_his_turn_does_nothing_more(desk: Desk, three: list[int]) -> None:
    job_id = asks(desk, "tag", three, tag="late").id
    desk.assigns(three[1], desk.ben)
    work_on_bulk()
    job = looked_at(desk, job_id)
    assert (job.done, job.refused) == (2, 1)
    assert desk.ticket(three[1]).tags == []
    [refused] = refusals_of(job)
    assert refused.refs == (desk.ticket(three[1]).ref,) and "yours to see" in refused.why


def test_who_loses_sight_of_the_ticket_that_stays_merges_nothing_into_it(desk: Desk, three: list[int]) -> None:
    job_id = asks(desk, "merge", three[1:], into=three[0]).id
    desk.assigns(three[0], desk.ben)
    work_on_bulk()
    assert looked_at(desk, job_id).refused == 2
    assert [desk.ticket(each).merged_into_id for each in three] == [None, None, None]


def test_who_has_left_the_team_does_nothing_more(desk: Desk, three: list[int]) -> None:
    asks(desk, "tag", three, tag="late")
    db.session.execute(update(User).where(User.id == desk.ada.id).values(is_active=False))
    db.session.commit()
    work_on_bulk()
    assert [desk.ticket(each).tags for each in three] == [[], [], []]


def test_a_refusal_stands_beside_its_ticket_and_stops_no_other(desk: Desk, three: list[int]) -> None:
    desk.sets(three[0], Status.CLOSED)
    job = does(desk, "status", three, status="RESOLVED")
    assert (job.done, job.refused) == (2, 1)
    assert [desk.ticket(each).status for each in three] == ["CLOSED", "RESOLVED", "RESOLVED"]


def test_undo_leaves_alone_what_somebody_has_changed_since(desk: Desk, three: list[int]) -> None:
    job = does(desk, "assign", three, agent=desk.ben.id)
    desk.assigns(three[1], desk.cleo)
    undoing = undoes(desk, job)
    assert (undoing.done, undoing.refused) == (2, 1)
    assert [desk.ticket(each).assigned_agent_id for each in three] == [desk.ada.id, desk.cleo.id, desk.ada.id]


def test_undo_is_one_s_own_once_and_within_its_time(desk: Desk, three: list[int]) -> None:
    job = does(desk, "priority", three, priority="LOW")
    with pytest.raises(NotFound):
        undo_bulk(job.id, desk.cleo)
    undoes(desk, job)
    with pytest.raises(Conflict, match="already"):
        undo_bulk(job.id, desk.ada)
    db.session.rollback()
    late = does(desk, "priority", three, priority="LOW")
    desk.time_passes("bulk_job", "16 minutes", "finished_at")
    with pytest.raises(Conflict, match="not any more"):
        undo_bulk(late.id, desk.ada)


def test_a_worker_that_dies_leaves_the_rest_to_the_next_and_writes_nothing_more(desk: Desk, three: list[int]) -> None:
    job_id = asks(desk, "tag", three, tag="late").id
    job = claim_bulk()
    assert job is not None
    lease = job.lease
    do_one(job_id, lease, three[0], "assigned")
    db.session.commit()
    assert claim_bulk() is None, "it is leased"
    desk.time_passes("bulk_job", "2 minutes", "lease_until")
    work_on_bulk()
    assert looked_at(desk, job_id).done == 3
    assert [len(desk.timeline(each, "tags")) for each in three] == [1, 1, 1]
    with pytest.raises(LeaseLost):
        do_one(job_id, lease, three[1], "assigned")


def test_a_job_over_which_all_workers_die_is_given_up(desk: Desk, three: list[int]) -> None:
    job_id = asks(desk, "tag", three, tag="late").id
    db.session.execute(update(BulkJob).values(lease=10))
    db.session.commit()
    work_on_bulk()
    job = looked_at(desk, job_id)
    assert (job.state, job.refused) == (BulkState.DONE, 3)


@pytest.mark.parametrize(
    ("act", "value"),
    [
        ("assign", {"agent": 999}), ("status", {"status": "GONE"}), ("priority", {"priority": "x"}), ("tag", {"tag": " "}),
        ("snooze", {"until": TOMORROW - timedelta(days=2)}), ("merge", {"into": 999}), ("merge", {}), ("undo", {}), ("delete", {}),
    ],
)  # fmt: skip
def test_what_no_ticket_could_be_given_is_refused_at_once(desk: Desk, three: list[int], act: str, value: dict[str, Any]) -> None:
    with pytest.raises((Invalid, DeskError)):
        asks(desk, act, three, **value)
    db.session.rollback()
    assert db.session.scalar(select(BulkJob.id)) is None


def test_the_page_shows_what_is_under_way_and_old_jobs_are_forgotten(desk: Desk, three: list[int]) -> None:
    job = asks(desk, "tag", three, tag="late")
    shown = bulk_to_show(desk.person(desk.ada))
    assert shown is not None and shown.id == job.id
    assert bulk_to_show(desk.person(desk.ben)) is None
    assert next_tickets(job.id, 10) == three
    work_on_bulk()
    desk.time_passes("bulk_job", "31 days", "created_at")
    assert forget_old_bulk() == 1
    db.session.commit()
    assert db.session.scalars(select(BulkItem)).all() == []
    with pytest.raises(LeaseLost):
        finish_if_done(job.id, 1)
