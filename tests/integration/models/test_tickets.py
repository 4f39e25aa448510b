"""What is done to tickets: opening, moving, assigning, editing; each written down, each heard of, or refused."""

import pytest

from models.actions import tickets
from models.actions.people import customer_for
from models.actor import MAIL_GATE, Actor
from models.database import db
from models.errors import Forbidden, IllegalMove, Invalid, NotFound
from models.events import MailQueued, StatusChanged, TicketAssigned, TicketCreated, TicketUpdated
from models.ticket import Priority, Status, ref_of
from tests.cast import DORA, Desk, mail_from


@pytest.fixture
def ticket_id(desk: Desk) -> int:
    ticket_id = desk.takes_in(mail_from(DORA)).ticket_id
    assert ticket_id is not None
    desk.heard.clear()
    return ticket_id


def test_a_ticket_is_opened_with_its_requester_and_heard_of(desk: Desk) -> None:
    dora = customer_for(DORA.address, DORA.name)
    ticket = tickets.open_ticket(desk.support, dora, DORA.address, "Sub\x00ject", "Words", MAIL_GATE)
    db.session.commit()
    opened = desk.ticket(ticket.id)
    assert (opened.status, opened.priority, opened.subject) == (Status.OPEN, Priority.MEDIUM, "Subject")
    assert opened.ref == ref_of(opened.id)
    assert desk.happened() == [TicketCreated(opened.id)]
    assert [entry.kind for entry in desk.timeline(opened.id)] == ["created"]


def test_resolving_and_closing_are_dated_and_coming_back_undates_them(desk: Desk, ticket_id: int) -> None:
    desk.assigns(ticket_id, desk.ada)
    desk.sets(ticket_id, Status.RESOLVED)
    resolved_at = desk.ticket(ticket_id).resolved_at
    assert resolved_at is not None and desk.ticket(ticket_id).closed_at is None
    desk.sets(ticket_id, Status.CLOSED)
    assert desk.ticket(ticket_id).resolved_at == resolved_at and desk.ticket(ticket_id).closed_at is not None
    desk.sets(ticket_id, Status.IN_PROGRESS)
    assert desk.ticket(ticket_id).resolved_at is None and desk.ticket(ticket_id).closed_at is None


def test_a_move_is_written_down_with_before_and_after(desk: Desk, ticket_id: int) -> None:
    desk.sets(ticket_id, Status.RESOLVED, desk.ada)
    [entry] = desk.timeline(ticket_id, "status")
    assert (entry.actor_id, entry.actor_name) == (desk.ada.id, "Ada")
    assert entry.data == {"before": "OPEN", "after": "RESOLVED"}
    assert desk.happened() == [StatusChanged(ticket_id, Status.RESOLVED)]


def test_the_same_status_again_is_no_event(desk: Desk, ticket_id: int) -> None:
    desk.sets(ticket_id, Status.OPEN)
    assert desk.happened() == [] and desk.timeline(ticket_id, "status") == []


def test_an_illegal_move_names_the_ways_there_are(desk: Desk, ticket_id: int) -> None:
    desk.sets(ticket_id, Status.CLOSED)
    with pytest.raises(IllegalMove, match="it can become OPEN$") as refused:
        desk.sets(ticket_id, Status.RESOLVED)
    assert refused.value.allowed == [Status.OPEN]


def test_a_refusal_without_a_way_out_still_is_a_sentence(desk: Desk, ticket_id: int) -> None:
    desk.sets(ticket_id, Status.CLOSED)
    with pytest.raises(IllegalMove, match="it stays as it is$"):
        desk.sets(ticket_id, Status.OPEN, desk.customer(DORA))


def test_a_customer_resolves_and_reopens_his_ticket(desk: Desk, ticket_id: int) -> None:
    dora = desk.customer(DORA)
    desk.sets(ticket_id, Status.RESOLVED, dora)
    desk.sets(ticket_id, Status.OPEN, dora)
    with pytest.raises(IllegalMove):
        desk.sets(ticket_id, Status.CLOSED, dora)


@pytest.mark.parametrize("status", ["", "open", "DONE", "OPEN "])
def test_a_status_is_one_of_six(desk: Desk, ticket_id: int, status: str) -> None:
    with pytest.raises(Invalid) as refused:
        desk.sets(ticket_id, status)
    assert refused.value.field == "status"


def test_a_ticket_that_is_not_there_cannot_be_moved(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.sets(4711, Status.OPEN)


# Assigning


def test_assigning_takes_an_open_ticket_along_and_back(desk: Desk, ticket_id: int) -> None:
    desk.assigns(ticket_id, desk.ada)
    assert (desk.ticket(ticket_id).status, desk.ticket(ticket_id).assigned_agent_id) == (Status.ASSIGNED, desk.ada.id)
    assert desk.person(desk.ada).last_assigned_at is not None
    desk.assigns(ticket_id, None)
    assert (desk.ticket(ticket_id).status, desk.ticket(ticket_id).assigned_agent_id) == (Status.OPEN, None)
    assert [event for event in desk.happened() if not isinstance(event, MailQueued)] == [
        TicketAssigned(ticket_id, desk.ada.id, None),
        StatusChanged(ticket_id, Status.ASSIGNED),
        TicketAssigned(ticket_id, None, desk.ada.id),
        StatusChanged(ticket_id, Status.OPEN),
    ]


def test_handing_over_names_both(desk: Desk, ticket_id: int) -> None:
    desk.assigns(ticket_id, desk.ada)
    desk.assigns(ticket_id, desk.ben)
    assert desk.timeline(ticket_id, "assigned")[-1].data == {"before": desk.ada.id, "after": desk.ben.id, "name": "Ben"}
    assert TicketAssigned(ticket_id, desk.ben.id, desk.ada.id) in desk.happened()


def test_a_ticket_in_work_stays_in_work_when_it_changes_hands(desk: Desk, ticket_id: int) -> None:
    desk.assigns(ticket_id, desk.ada)
    desk.replies(ticket_id)
    desk.assigns(ticket_id, desk.ben)
    assert desk.ticket(ticket_id).status == Status.IN_PROGRESS
    desk.assigns(ticket_id, None)
    assert desk.ticket(ticket_id).status == Status.IN_PROGRESS


def test_the_same_agent_again_is_no_event(desk: Desk, ticket_id: int) -> None:
    desk.assigns(ticket_id, desk.ada)
    desk.heard.clear()
    desk.assigns(ticket_id, desk.ada)
    assert desk.happened() == [] and len(desk.timeline(ticket_id, "assigned")) == 1


def test_tickets_go_to_the_team_only(desk: Desk, ticket_id: int) -> None:
    ghost = Actor(4711, "Ghost", "agent")
    retired = desk.hires("rita", "agent")
    desk.person(retired).is_active = False
    db.session.commit()
    for nobody in (desk.customer(DORA), ghost, retired):
        with pytest.raises(Invalid) as refused:
            desk.assigns(ticket_id, nobody)
        assert refused.value.field == "assigned_agent"
    assert desk.ticket(ticket_id).assigned_agent_id is None


def test_customers_assign_nothing(desk: Desk, ticket_id: int) -> None:
    with pytest.raises(Forbidden):
        desk.assigns(ticket_id, desk.ada, desk.customer(DORA))


# Editing


def test_edits_are_cleaned_written_down_and_heard_of_once(desk: Desk, ticket_id: int) -> None:
    tickets.edit_ticket(
        ticket_id, desk.ada, subject="  New\n subject ", priority="HIGH", tags=["Sale ", "sale", "", "Two  words"]
    )
    db.session.commit()
    ticket = desk.ticket(ticket_id)
    assert (ticket.subject, ticket.priority, ticket.tags) == ("New subject", "HIGH", ["sale", "two words"])
    assert {entry.kind for entry in desk.timeline(ticket_id)} >= {"subject", "priority", "tags"}
    assert desk.happened() == [TicketUpdated(ticket_id)]


def test_an_edit_that_changes_nothing_is_no_event(desk: Desk, ticket_id: int) -> None:
    before = desk.ticket(ticket_id).updated_at
    tickets.edit_ticket(ticket_id, desk.ada, priority="MEDIUM", tags=[])
    db.session.commit()
    assert desk.happened() == [] and desk.ticket(ticket_id).updated_at == before


@pytest.mark.parametrize(
    ("field", "value"), [("subject", " \x00 "), ("priority", "huge"), ("tags", [str(number) for number in range(51)])]
)
def test_a_wrong_edit_names_its_field_and_changes_nothing(desk: Desk, ticket_id: int, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        tickets.edit_ticket(ticket_id, desk.ada, **{"priority": "HIGH", field: value})  # type: ignore[arg-type]
    assert refused.value.field == field
    assert desk.ticket(ticket_id).priority == "MEDIUM"


def test_customers_edit_nothing(desk: Desk, ticket_id: int) -> None:
    with pytest.raises(Forbidden):
        tickets.edit_ticket(ticket_id, desk.customer(DORA), priority="URGENT")
