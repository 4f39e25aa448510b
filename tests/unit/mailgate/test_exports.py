"""Exports of other helpdesks: what is read from them, and that nothing in them stops the reading."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailgate.importing import freescout, zendesk
from mailgate.importing.cases import STATUSES, Case, Somebody, Unread, address_in, moment, priority_of, status_of, tags_of, word
from mailgate.importing.exports import entries_of
from mailgate.importing.records import Record, csv_records, json_records
from mailgate.importing.rows import COLUMNS, NEEDED, cases_of
from models.ticket import Status

PEOPLE = {
    "1": (Somebody("Dora", "dora@example.net", "1"), "end-user"),
    "2": (Somebody("Otto", "otto@elsewhere.example", "2"), "agent"),
    "3": (Somebody("Fay", "fay@example.net", "3"), "end-user"),
    "4": (Somebody("Nameless role", "", "4"), ""),
}
ASKED = {"author_id": 1, "body": "It hums.", "html_body": "<p>It hums.</p>", "public": True, "created_at": "2021-03-01T09:00:00Z"}
TICKET = {
    "id": 7, "subject": "The kettle", "description": "It hums.", "status": "open", "priority": "normal", "tags": ["kettle"],
    "requester_id": 1, "assignee_id": 2, "created_at": "2021-03-01T09:00:00Z", "updated_at": "2021-03-05T09:00:00Z",
    "comments": [ASKED],
}  # fmt: skip
THREAD = {"type": "customer", "body": "<p>It hums.</p>", "createdBy": {"email": "dora@example.net"}, "createdAt": "2021-03-01T09:00:00Z"}
CONVERSATION = {
    "id": 9, "number": 4, "subject": "The kettle", "status": "active", "customer": {"email": "Dora@Example.net", "firstName": "Dora", "lastName": "Hall"},
    "assignee": None, "tags": [{"id": 1, "name": "kettle"}], "createdAt": "2021-03-01T09:00:00Z", "_embedded": {"threads": [THREAD]},
}  # fmt: skip
ODD = [None, True, 0, -1, 1.5, "", "\ud800\x00", "x" * 3000, [], [[]], {}, {"id": {}}, [None, 1, "x", {}], {"email": 3, "id": []}]


def ticket(**more: object) -> Case:
    found = zendesk.case_of(Record("tickets.json:1", {**TICKET, **more}), PEOPLE)
    assert isinstance(found, Case)
    return found


def conversation(**more: object) -> Case:
    found = freescout.case_of(Record("c.json:1", {**CONVERSATION, **more}))
    assert isinstance(found, Case)
    return found


def rows(*lines: str, head: str = ",".join(COLUMNS)) -> list[Case | Unread]:
    records = list(csv_records("t.csv", "\n".join([head, *lines]), NEEDED))
    return [*(each for each in records if isinstance(each, Unread)), *cases_of(each for each in records if isinstance(each, Record))]


def comment(**more: object) -> list[dict[str, Any]]:
    return [{**ASKED, **more}]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("new", "OPEN"), ("open", "OPEN"), ("Active", "OPEN"), ("hold", "IN_PROGRESS"), ("pending", "WAITING_ON_CUSTOMER"),
        ("solved", "RESOLVED"), ("closed", "CLOSED"), ("spam", ""), ("deleted", ""), (None, "OPEN"), ("", "OPEN"),
    ],
)  # fmt: skip
def test_each_status_has_one_of_ours(theirs: object, ours: str) -> None:
    assert status_of(theirs) == (ours, ())


def test_every_status_of_ours_that_an_export_can_name_is_in_the_table() -> None:
    assert {status.lower() for status in Status} <= set(STATUSES)


def test_an_unknown_status_is_open_and_said_to_be_so() -> None:
    assert status_of("Parked") == ("OPEN", ("Its status was “parked” there.",))


@pytest.mark.parametrize(("theirs", "ours"), [("low", "LOW"), ("normal", "MEDIUM"), ("HIGH", "HIGH"), ("urgent", "URGENT"), (None, "MEDIUM"), ({}, "MEDIUM")])
def test_each_priority_has_one_of_ours(theirs: object, ours: str) -> None:
    assert priority_of(theirs) == ours


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2021-03-01T09:00:00Z", datetime(2021, 3, 1, 9, tzinfo=UTC)),
        ("2021-03-01T10:00:00+01:00", datetime(2021, 3, 1, 9, tzinfo=UTC)),
        ("2021-03-01 09:00:00", datetime(2021, 3, 1, 9, tzinfo=UTC)),
        ("2021-03-01", datetime(2021, 3, 1, tzinfo=UTC)),
        ("1971-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("0001-01-01T00:00:00+12:00", None),
        ("yesterday", None),
        (1614589200, None),
        (None, None),
        ({}, None),
    ],
)
def test_a_date_is_a_moment_or_none(text: object, at: datetime | None) -> None:
    assert moment(text) == at


@pytest.mark.parametrize(
    ("text", "address"),
    [("Dora@Example.NET", "dora@example.net"), ("no address", ""), ("a@b\nBcc: c@d.example", ""), ("a@b, c@d.example", ""), (None, ""), ([], ""), ("x" * 9000 + "@y.example", "")],
)  # fmt: skip
def test_an_address_is_one_that_mail_could_go_to_or_none(text: object, address: str) -> None:
    assert address_in(text) == address


def test_words_are_washed_and_tags_may_be_objects() -> None:
    assert word(" a\x00\n b\ud800 ") == "a b" and word(True) == "" and word(5) == "5"
    assert tags_of(["a", {"name": "b"}, None, {}, 3]) == ("a", "b", "3")


def test_a_zendesk_ticket_is_read() -> None:
    found = ticket(status="solved")
    assert (found.external_id, found.subject, found.status, found.tags) == ("7", "The kettle", "RESOLVED", ("kettle",))
    assert (found.customer.address, found.agent.address) == ("dora@example.net", "otto@elsewhere.example")
    assert found.ended_at == datetime(2021, 3, 5, 9, tzinfo=UTC)
    [said] = found.said
    assert (said.direction, said.text, said.html, said.remarks) == ("in", "It hums.", "<p>It hums.</p>", ())


@pytest.mark.parametrize(
    ("more", "direction"),
    [
        ({"author_id": 1}, "in"),
        ({"author_id": 2}, "out"),
        ({"author_id": 3}, "in"),
        ({"author_id": 1, "public": False}, "note"),
        ({"author_id": 2, "public": False}, "note"),
        ({"author_id": 2, "public": None}, "note"),
        ({"author_id": 2, "public": "true"}, "note"),
    ],
)
def test_who_spoke_to_whom_in_zendesk(more: dict[str, object], direction: str) -> None:
    [said] = ticket(comments=comment(**more)).said
    assert (said.direction, said.remarks) == (direction, ())


def test_a_comment_that_does_not_say_that_it_is_public_is_a_note() -> None:
    [said] = ticket(comments=[{key: value for key, value in ASKED.items() if key != "public"}]).said
    assert said.direction == "note"


def test_an_author_whom_nobody_knows_is_said_to_be_one() -> None:
    [said] = ticket(comments=comment(author_id=99)).said
    assert (said.direction, said.remarks) == ("in", ("The export does not tell who wrote this.",))


def test_people_may_be_embedded() -> None:
    found = ticket(requester={"id": 5, "name": "Gil", "email": "gil@example.net"}, assignee={"id": 2, "name": "Otto", "email": "o@e.example"})
    assert (found.customer, found.agent.name) == (Somebody("Gil", "gil@example.net", "5"), "Otto")


def test_without_comments_the_description_is_what_was_said() -> None:
    assert [(each.direction, each.text) for each in ticket(comments=[]).said] == [("in", "It hums.")]


def test_what_was_said_stands_in_the_order_of_its_dates_and_files_are_named() -> None:
    late = {**ASKED, "body": "Later.", "created_at": "2021-03-02T09:00:00Z", "attachments": [{"file_name": "plan.pdf"}]}
    undated = {**ASKED, "body": "When?", "created_at": "soon"}
    said = ticket(comments=[late, ASKED, undated]).said
    assert [each.text for each in said] == ["It hums.", "When?", "Later."]
    assert said[2].remarks == ("The file “plan.pdf” was not taken over.",)
    assert said[1].remarks == ("The export does not tell when this was said.",)


@pytest.mark.parametrize("more", [{"id": None}, {"id": ""}, {"id": {}}, {"created_at": "soon", "comments": []}])
def test_a_ticket_without_id_or_date_is_told_with_its_place(more: dict[str, object]) -> None:
    found = zendesk.case_of(Record("tickets.json:3", {**TICKET, **more}), PEOPLE)
    assert isinstance(found, Unread) and found.where == "tickets.json:3"


def test_a_freescout_conversation_is_read() -> None:
    found = conversation(assignee={"email": "otto@elsewhere.example", "firstName": "Otto"})
    assert (found.external_id, found.status, found.tags, found.agent.name) == ("9", "OPEN", ("kettle",), "Otto")
    assert (found.customer.name, found.customer.address, found.said[0].html) == ("Dora Hall", "dora@example.net", "<p>It hums.</p>")


@pytest.mark.parametrize(
    ("more", "directions"),
    [
        ({"type": "customer"}, ["in"]), ({"type": "message"}, ["out"]), ({"type": "note"}, ["note"]), ({"type": "lineitem"}, []),
        ({"type": "phone"}, ["note"]), ({"type": "message", "state": "draft"}, []), ({"type": "customer", "body": " "}, []),
    ],
)  # fmt: skip
def test_who_spoke_to_whom_in_freescout(more: dict[str, object], directions: list[str]) -> None:
    assert [each.direction for each in conversation(_embedded={"threads": [{**THREAD, **more}]}).said] == directions


@pytest.mark.parametrize("more", [{"status": "spam"}, {"state": "deleted"}, {"state": "draft"}])
def test_spam_and_what_was_deleted_is_left_behind(more: dict[str, object]) -> None:
    assert conversation(**more).status == ""


def test_a_conversation_without_id_has_its_number() -> None:
    assert conversation(id=None).external_id == "#4"


@pytest.mark.parametrize("field", sorted({*TICKET, *CONVERSATION, "requester", "assignee", "state", "priority", "closedAt"}))
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_nothing_odd_in_a_field_breaks_a_reader(field: str, odd: object) -> None:
    assert isinstance(zendesk.case_of(Record("x", {**TICKET, field: odd}), PEOPLE), Case | Unread)
    assert isinstance(freescout.case_of(Record("x", {**CONVERSATION, field: odd})), Case | Unread)


@pytest.mark.parametrize("field", sorted({*ASKED, *THREAD, "attachments", "author", "_embedded"}))
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_nothing_odd_in_a_message_breaks_a_reader(field: str, odd: object) -> None:
    ticket(comments=comment(**{field: odd}))
    conversation(_embedded={"threads": [{**THREAD, field: odd}]})


ONE, TWO = json.dumps({"id": 1}), json.dumps({"id": 2})


@pytest.mark.parametrize(
    ("content", "ids", "troubles"),
    [
        (f"{ONE}\n{TWO}\n", [1, 2], []),
        (f"\ufeff{ONE}\r\n\r\n{TWO}", [1, 2], []),
        (f"[{ONE},\n {TWO}]", [1, 2], []),
        (f'{{"tickets": [{ONE}, {TWO}], "count": 2}}', [1, 2], []),
        (f'{{"_embedded": {{"tickets": [{ONE}]}}}}', [1], []),
        (f'{{"ticket": {ONE}}}\n{{"ticket": {TWO}}}', [1, 2], []),
        (json.dumps({"tickets": [{"id": 1}]}, indent=1), [1], []),
        (f"{ONE}\n{{broken\n{TWO}", [1, 2], ["t.json:2"]),
        (f'{{"id": broken}}\n{TWO}', [2], ["t.json:1"]),
        (f"{ONE}\n[]\n7\n{TWO}", [1, 2], ["t.json:2", "t.json:3"]),
        (f"[{ONE}, 7, {TWO}]", [1, 2], ["t.json, entry 2"]),
        (f"[{ONE},\n{TWO}", [], ["t.json:2"]),
        ("[" * 100_000, [], ["t.json:1"]),
        ("", [], []),
        ("no JSON at all", [], ["t.json:1"]),
    ],
)  # fmt: skip
def test_json_is_read_in_every_shape_and_what_is_broken_is_told(content: str, ids: list[int], troubles: list[str]) -> None:
    found = list(json_records("t.json", content, ("tickets", "ticket")))
    assert [each.value["id"] for each in found if isinstance(each, Record)] == ids
    assert [each.where for each in found if isinstance(each, Unread)] == troubles


def test_rows_of_one_ticket_are_put_together() -> None:
    [second, first] = rows(
        "8,Other,,,,,,,,2021-03-03,customer,,eve@example.org,Hello,",
        '7,The kettle,closed,high,"a, b",Dora,dora@example.net,Otto,otto@elsewhere.example,2021-03-02,agent,Otto,otto@elsewhere.example,It does.,',
        '7,,,,,,,,,2021-03-01,customer,,,"It\nhums.",<p>It hums.</p>',
        "7,,,,,,,,,2021-03-04,note,Otto,,Again her.,",
    )
    assert isinstance(first, Case) and isinstance(second, Case)
    assert [(each.direction, each.text) for each in first.said] == [("in", "It\nhums."), ("out", "It does."), ("note", "Again her.")]
    assert (first.subject, first.status, first.priority, first.tags, first.agent.name) == ("The kettle", "CLOSED", "HIGH", ("a", "b"), "Otto")
    assert first.said[0].author == first.customer and first.ended_at == datetime(2021, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        (["7,s,,,,,,,,2021-03-01,shout,,,Hm,"], ["t.csv:2", "t.csv:2"]),
        ([",s,,,,,,,,2021-03-01,note,,,Hm,"], ["t.csv:2"]),
        (["7,s,,,,,,,,soon,note,,,Hm,"], ["t.csv:2"]),
        (["7,s,,,,,,,,2021-03-01,note,,,Hm,,too,many", "7"], ["t.csv:3"]),
        (['7,s,,,,,,,,2021-03-01,note,,,"a\nb",', ",,"], ["t.csv:4"]),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_line(lines: list[str], places: list[str]) -> None:
    assert [each.where for each in rows(*lines) if isinstance(each, Unread)] == places


def test_a_table_without_the_columns_that_are_needed_is_refused_by_name() -> None:
    assert rows("1,2", head="ticket,body") == [Unread("t.csv:1", "the first line must name the columns; missing: date, kind")]
    assert len(rows("7;2021-03-01;note;Hm", head="ticket;date;kind;body")) == 1


def test_a_folder_is_read_with_its_people_and_half_a_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text(json.dumps([{"id": 1, "name": "Dora", "email": "dora@example.net", "role": "end-user"}, {"name": "x"}]))
    (tmp_path / "a.json").write_text("[{")
    (tmp_path / "b.jsonl").write_text(json.dumps(TICKET))
    (tmp_path / "notes.txt").write_text("{")
    found = entries_of(tmp_path, "zendesk")
    assert [each.where for each in found if isinstance(each, Unread)] == ["users.json, entry 2", "a.json:1"]
    assert [each.customer.address for each in found if isinstance(each, Case)] == ["dora@example.net"]
    assert entries_of(tmp_path / "b.jsonl", "zendesk")[-1] == found[-1]
