"""Tickets on the API: shapes, filters, pages, moves, and what each kind of person may do."""

import pytest

from models.ticket import Status
from tests.cast import BILLING, DORA, mail_from
from tests.integration.webapp.api.conftest import Case
from tests.integration.webapp.conftest import WebDesk

TICKET = {
    "id", "ref", "subject", "description", "status", "priority", "customer", "assigned_agent", "mailbox", "tags", "created_at",
    "updated_at", "first_response_at", "resolved_at", "closed_at", "last_message_id", "message_count",
}  # fmt: skip


def test_a_ticket_has_exactly_the_shape_of_the_contract(desk: WebDesk, case: Case) -> None:
    ticket = desk.script(desk.ada).get(f"/api/tickets/{case.ticket_id}/").json
    assert set(ticket) == TICKET
    assert set(ticket["customer"]) == {"id", "email", "name"} and ticket["customer"]["email"] == DORA.address
    assert ticket["assigned_agent"] == {"id": desk.ada.id, "username": "ada"}
    assert ticket["status"] == "IN_PROGRESS" and ticket["priority"] == "MEDIUM"
    assert ticket["created_at"].endswith("Z") and ticket["first_response_at"].endswith("Z")
    assert (ticket["last_message_id"], ticket["message_count"]) == (case.answer_id, 2)


def test_a_customer_opens_a_ticket_and_finds_it_in_his_list(desk: WebDesk, case: Case) -> None:
    dora = desk.script(DORA)
    opened = dora.post("/api/tickets/", subject="Another thing", description="It hums.", priority="HIGH")
    assert opened.status == 201 and set(opened.json) == TICKET
    assert opened.json["status"] == "OPEN" and opened.json["priority"] == "HIGH" and opened.json["message_count"] == 1
    assert [each["subject"] for each in dora.get("/api/tickets/").json["results"]] == ["Another thing", "Where is my parcel?"]


def test_the_same_key_opens_one_ticket(desk: WebDesk, case: Case) -> None:
    dora = desk.script(DORA)
    first, second = (dora.post("/api/tickets/", {"Idempotency-Key": "k1"}, subject="Once", description="It hums.") for _ in range(2))
    assert (first.status, second.status) == (201, 201) and first.json["id"] == second.json["id"]


def test_an_agent_who_opens_a_ticket_sees_it_afterwards(desk: WebDesk) -> None:
    ben = desk.script(desk.ben)
    opened = ben.post("/api/tickets/", subject="Phone call", description="Somebody rang.").json
    assert opened["assigned_agent"]["username"] == "ben"
    assert ben.get(f"/api/tickets/{opened['id']}/").status == 200


def test_filters_narrow_the_list(desk: WebDesk, case: Case) -> None:
    cleo = desk.script(desk.cleo)
    other = desk.takes_in(mail_from(DORA, to=BILLING, subject="Invoice", body="Twice."), BILLING).ticket_id
    cleo.patch(f"/api/tickets/{other}/", tags=["Money"], priority="URGENT")

    def found(**query: object) -> list[int]:
        return [each["id"] for each in cleo.get("/api/tickets/", **query).json["results"]]

    assert found(status="IN_PROGRESS") == [case.ticket_id]
    assert found(status="OPEN,IN_PROGRESS", ordering="id") == [case.ticket_id, other]
    assert found(priority="URGENT") == found(assigned_agent="none") == found(tag="money") == found(mailbox=desk.billing) == [other]
    assert found(assigned_agent=desk.ada.id) == [case.ticket_id] and found(assigned_agent="me") == []
    assert found(ordering="-priority") == [other, case.ticket_id] and found(ordering="priority") == [case.ticket_id, other]


@pytest.mark.parametrize("ordering", ["-updated_at", "created_at", "-priority", "id"])
def test_pages_lead_on_and_back_without_gap_or_double(desk: WebDesk, ordering: str) -> None:
    for number in range(7):
        desk.takes_in(mail_from(DORA, subject=f"Matter {number}", body=f"Number {number}."))
    cleo = desk.script(desk.cleo)
    whole = [each["id"] for each in cleo.get("/api/tickets/", ordering=ordering).json["results"]]
    pages, cursor = [], ""
    while cursor is not None:
        page = cleo.get("/api/tickets/", ordering=ordering, page_size=3, cursor=cursor).json
        pages.append([each["id"] for each in page["results"]])
        back, cursor = page["previous"], page["next"]
    assert [len(page) for page in pages] == [3, 3, 1] and sum(pages, []) == whole
    before = cleo.get("/api/tickets/", ordering=ordering, page_size=3, cursor=back).json
    assert [each["id"] for each in before["results"]] == pages[1]
    first = cleo.get("/api/tickets/", ordering=ordering, page_size=3, cursor=before["previous"]).json
    assert [each["id"] for each in first["results"]] == pages[0] and first["previous"] is None and first["next"] is not None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "SLEEPING"}, "status.0"), ({"page_size": 101}, "page_size"), ({"page_size": 0}, "page_size"),
        ({"ordering": "subject; DROP TABLE ticket"}, "ordering"), ({"assigned_agent": "1 OR 1=1"}, "assigned_agent"),
        ({"cursor": "AAAA"}, "cursor"), ({"statsu": "OPEN"}, "statsu"), ({"tag": "x\x00"}, "tag"),
    ],
)  # fmt: skip
def test_a_bad_filter_is_named(desk: WebDesk, query: dict[str, object], field: str) -> None:
    answer = desk.script(desk.cleo).get("/api/tickets/", **query)
    assert (answer.status, list(answer.json["errors"])) == (422, [field])


def test_a_cursor_of_another_order_is_refused(desk: WebDesk) -> None:
    for number in range(3):
        desk.takes_in(mail_from(DORA, subject=f"Matter {number}", body=f"Number {number}."))
    cleo = desk.script(desk.cleo)
    cursor = cleo.get("/api/tickets/", page_size=1).json["next"]
    assert cleo.get("/api/tickets/", page_size=1, ordering="id", cursor=cursor).status == 422


def test_an_illegal_move_names_the_legal_ones(desk: WebDesk, case: Case) -> None:
    ada = desk.script(desk.ada)
    assert ada.post(f"/api/tickets/{case.ticket_id}/set-status/", status="RESOLVED").json["status"] == "RESOLVED"
    refused = ada.post(f"/api/tickets/{case.ticket_id}/set-status/", status="WAITING_ON_CUSTOMER")
    assert refused.status == 409 and refused.json["allowed"] == ["IN_PROGRESS", "CLOSED"]


def test_a_customer_resolves_and_reopens_his_own_and_nothing_else(desk: WebDesk, case: Case) -> None:
    dora, path = desk.script(DORA), f"/api/tickets/{case.ticket_id}/set-status/"
    assert dora.post(path, status="RESOLVED").json["status"] == "RESOLVED"
    assert dora.post(path, status="IN_PROGRESS").json["status"] == "IN_PROGRESS"
    assert dora.post(path, status="CLOSED").status == 409
    desk.sets(case.ticket_id, Status.CLOSED)
    assert dora.post(path, status="IN_PROGRESS").status == 409
    assert dora.post(f"/api/tickets/{case.ticket_id}/assign/", assigned_agent=None).status == 403
    assert dora.patch(f"/api/tickets/{case.ticket_id}/", priority="URGENT").status == 403


def test_a_customer_cannot_reopen_what_was_resolved_long_ago(desk: WebDesk, case: Case) -> None:
    desk.sets(case.ticket_id, Status.RESOLVED)
    desk.time_passes("ticket", "15 days", "resolved_at")
    assert desk.script(DORA).post(f"/api/tickets/{case.ticket_id}/set-status/", status="IN_PROGRESS").status == 409


def test_assigning_answers_with_the_ticket_also_where_it_leaves_the_callers_sight(desk: WebDesk, case: Case) -> None:
    ada, path = desk.script(desk.ada), f"/api/tickets/{case.ticket_id}"
    assert ada.post(f"{path}/assign/", assigned_agent=desk.ben.id).json["assigned_agent"]["username"] == "ben"
    assert ada.get(f"{path}/").status == 404
    dora = desk.person(DORA).id
    assert desk.script(desk.ben).post(f"{path}/assign/", assigned_agent=dora).json["errors"].keys() == {"assigned_agent"}
    assert desk.script(desk.ben).post(f"{path}/assign/", assigned_agent=None).json["assigned_agent"] is None


@pytest.mark.parametrize("field", ["status", "customer", "mailbox", "created_at", "is_internal", "role"])
def test_fields_that_are_not_to_be_set_are_refused(desk: WebDesk, case: Case, field: str) -> None:
    answer = desk.script(desk.cleo).patch(f"/api/tickets/{case.ticket_id}/", **{field: 1})
    assert (answer.status, list(answer.json["errors"])) == (422, [field])


def test_a_deleted_ticket_is_nobodys_until_it_is_restored(desk: WebDesk, case: Case) -> None:
    ada, cleo, path = desk.script(desk.ada), desk.script(desk.cleo), f"/api/tickets/{case.ticket_id}/"
    assert ada.delete(path).status == 403 and desk.script().delete(path).status == 401
    assert cleo.delete(path).status == 204
    assert [script.get(path).status for script in (ada, cleo, desk.script(DORA))] == [404, 404, 404]
    assert cleo.delete(path).status == 404 and cleo.get("/api/tickets/").json["results"] == []
    assert [each["id"] for each in cleo.get("/api/tickets/", deleted="true").json["results"]] == [case.ticket_id]
    assert ada.get("/api/tickets/", deleted="true").json["results"] == []
    assert ada.post(f"{path}restore/").status == 403
    assert cleo.post(f"{path}restore/").json["id"] == case.ticket_id
    assert cleo.post(f"{path}restore/").status == 404 and ada.get(path).status == 200
    kinds = [entry["kind"] for entry in cleo.get(f"{path}timeline/").json["results"]]
    assert kinds[-2:] == ["deleted", "restored"]
    assert not {"deleted", "restored"} & {entry["kind"] for entry in desk.script(DORA).get(f"{path}timeline/").json["results"]}


def test_a_customer_s_timeline_holds_no_tags_and_nothing_of_our_mail(desk: WebDesk, case: Case) -> None:
    desk.script(desk.cleo).patch(f"/api/tickets/{case.ticket_id}/", tags=["awkward"], priority="HIGH")
    path = f"/api/tickets/{case.ticket_id}/timeline/"
    kinds = {entry["kind"] for entry in desk.script(desk.cleo).get(path).json["results"]}
    assert kinds >= {"created", "received", "replied", "noted", "tags", "priority", "assigned", "status"}
    told = desk.script(DORA).get(path)
    assert {entry["kind"] for entry in told.json["results"]} == kinds - {"noted", "tags"} and "awkward" not in told.body
