"""Messages on the API: saying and reading, keys, stale views, files; and that no customer learns of a note."""

import pytest

from models.ticket import Status
from tests.cast import DORA
from tests.integration.webapp.api.conftest import Case
from tests.integration.webapp.conftest import WebDesk

MESSAGE = {
    "id", "ticket", "author", "body", "body_html", "is_internal", "direction", "source", "sender_verified", "created_at", "attachments",
    "delivery",
}  # fmt: skip


def path_of(case: Case) -> str:
    return f"/api/tickets/{case.ticket_id}/messages/"


def test_a_message_has_exactly_the_shape_of_the_contract(desk: WebDesk, case: Case) -> None:
    said, answered, noted = desk.script(desk.ada).get(path_of(case)).json["results"]
    assert set(said) == set(answered) == set(noted) == MESSAGE
    assert said["author"] == {"id": desk.person(DORA).id, "name": "dora@example.net", "email": DORA.address, "role": "customer"}
    assert [each["direction"] for each in (said, answered, noted)] == ["in", "out", "note"] and noted["is_internal"]
    [file] = said["attachments"]
    assert file == {"id": case.file_id, "filename": "order.pdf", "content_type": "application/pdf", "size": 14, "inline": False}
    assert answered["delivery"] == [{"recipient": DORA.address, "state": "queued", "detail": ""}]


def test_no_customer_learns_of_a_note_from_anything(desk: WebDesk, case: Case) -> None:
    """Neither its words nor a number, a time or a refusal tells that there is one."""
    dora, ticket = desk.script(DORA), f"/api/tickets/{case.ticket_id}/"
    before = [dora.get(each).body for each in (ticket, path_of(case), f"{ticket}timeline/", "/api/tickets/")]
    desk.notes(case.ticket_id, "Second note.")
    desk.script(desk.ada).post(path_of(case), body="Third note.", is_internal=True)
    assert [dora.get(each).body for each in (ticket, path_of(case), f"{ticket}timeline/", "/api/tickets/")] == before
    messages = dora.get(path_of(case)).json["results"]
    assert [each["id"] for each in messages] == [messages[0]["id"], case.answer_id]
    assert dora.post(path_of(case), body="Thanks!", last_seen_message=case.answer_id).status == 201


def test_a_customer_is_not_told_how_mail_fares_nor_whose_address_an_agent_has(desk: WebDesk, case: Case) -> None:
    _, answered = desk.script(DORA).get(path_of(case)).json["results"]
    assert answered["delivery"] == [] and answered["author"]["email"] is None and answered["author"]["name"] == "Ada"


def test_a_customer_may_leave_no_note(desk: WebDesk, case: Case) -> None:
    assert desk.script(DORA).post(path_of(case), body="psst", is_internal=True).status == 403


def test_an_answer_goes_out_as_mail_and_moves_the_ticket(desk: WebDesk, case: Case) -> None:
    said = desk.script(desk.ada).post(path_of(case), body="It has arrived.", set_status="RESOLVED")
    assert said.status == 201 and (said.json["direction"], said.json["source"]) == ("out", "api")
    assert [mail.rcpt for mail in desk.mails_out(case.ticket_id) if mail.message_id == said.json["id"]] == [DORA.address]
    assert desk.ticket(case.ticket_id).status == Status.RESOLVED


def test_the_same_key_says_it_once(desk: WebDesk, case: Case) -> None:
    for script in (desk.script(desk.ada), desk.script(DORA)):
        first, second = (script.post(path_of(case), {"Idempotency-Key": "again"}, body="Once.") for _ in range(2))
        assert (first.status, second.status) == (201, 201) and first.json == second.json
    assert [message.body for message in desk.messages_on(case.ticket_id)].count("Once.") == 2


@pytest.mark.parametrize("is_internal", [False, True])
def test_what_was_said_once_is_no_stale_view_when_it_is_sent_again(desk: WebDesk, case: Case, is_internal: bool) -> None:
    """The answer was lost on its way, and meanwhile the other side has written."""
    ada, dora = desk.script(desk.ada), desk.script(DORA)
    writer, other = (ada, dora) if is_internal else (dora, ada)
    words = {"body": "Once.", "last_seen_message": case.note_id, "is_internal": is_internal}
    first = writer.post(path_of(case), {"Idempotency-Key": "again"}, **words)
    assert other.post(path_of(case), body="Meanwhile.").status == 201
    again = writer.post(path_of(case), {"Idempotency-Key": "again"}, **words)
    assert (first.status, again.status) == (201, 201) and again.json["id"] == first.json["id"]


def test_a_stale_view_is_a_409_that_holds_the_newer_messages(desk: WebDesk, case: Case) -> None:
    ada, dora = desk.script(desk.ada), desk.script(DORA)
    said = dora.post(path_of(case), body="One more thing.").json
    for words in ({"body": "Late."}, {"body": "Late.", "is_internal": True}):
        refused = ada.post(path_of(case), last_seen_message=case.note_id, **words)
        assert refused.status == 409 and refused.headers["Content-Type"] == "application/problem+json"
        assert [each["id"] for each in refused.json["newer"]] == [said["id"]] and set(refused.json["newer"][0]) == MESSAGE
    assert ada.post(path_of(case), body="In time.", last_seen_message=said["id"]).status == 201
    refused = dora.post(path_of(case), body="Hello?", last_seen_message=said["id"])
    assert [each["body"] for each in refused.json["newer"]] == ["In time."]


@pytest.mark.parametrize("who", ["ada", "dora"])
def test_files_travel_as_multipart_and_come_back_as_downloads(desk: WebDesk, case: Case, who: str) -> None:
    script = desk.script(desk.ada if who == "ada" else DORA)
    said = script.sends_form(path_of(case), {"body": "Here."}, {"../bill.html": ("text/html", b"<script>1</script>")})
    assert said.status == 201, said.body
    [file] = said.json["attachments"]
    got = script.get(f"/api/attachments/{file['id']}/")
    assert got.status == 200 and got.body == "<script>1</script>"
    assert got.headers["Content-Disposition"].startswith('attachment; filename="bill.html"')
    assert got.headers["Content-Type"] == "application/octet-stream" and "sandbox" in got.headers["Content-Security-Policy"]


def test_a_note_s_file_is_no_customers(desk: WebDesk, case: Case) -> None:
    noted = desk.script(desk.ada).sends_form(path_of(case), {"body": "See.", "is_internal": "true"}, {"x.txt": ("text/plain", b"x")})
    [file] = noted.json["attachments"]
    assert noted.json["is_internal"]
    path = f"/api/attachments/{file['id']}/"
    assert [desk.script(who).get(path).status for who in (desk.ada, DORA, desk.ben)] == [200, 404, 404]


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        ('{"body": "a"', "application/json", 400), ("NaN", "application/json", 400), ('{"body": "a", "body": "b"}', "application/json", 400),
        ("[" * 100_000, "application/json", 400), ('{"last_seen_message": 1' + "0" * 5000 + "}", "application/json", 400),
        (b'{"body": "\xff"}', "application/json", 400), ('{"body": "a"}', "text/plain", 415), ("body=a", "application/x-www-form-urlencoded", 415),
        ("[]", "application/json", 422), ('{"body": "\\ud800"}', "application/json", 422), ('{"body": "a\\u0000"}', "application/json", 422),
        ('{"body": ""}', "application/json", 422), ('{"body": " \\n"}', "application/json", 422), ("{}", "application/json", 422),
        ('{"body": 5}', "application/json", 422), ('{"body": "a", "is_internal": "perhaps"}', "application/json", 422),
        ('{"body": "' + "a" * 2_200_000 + '"}', "application/json", 413),
    ],
    ids=range(17),
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem_of_its_kind(desk: WebDesk, case: Case, sent: str | bytes, kind: str, status: int) -> None:
    answer = desk.script(desk.ada).asks("POST", path_of(case), sent, {"Content-Type": kind})
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    if status == 422:
        assert set(answer.json["errors"]) <= {"body", "is_internal"}


def test_what_was_sent_is_not_repeated_in_a_refusal(desk: WebDesk, case: Case) -> None:
    answer = desk.script(desk.ada).post(path_of(case), body=["my-password-7"], secret_field="my-password-7")
    assert answer.status == 422 and "my-password-7" not in answer.body


def test_pages_of_messages_begin_with_the_oldest(desk: WebDesk, case: Case) -> None:
    ada = desk.script(desk.ada)
    first = ada.get(path_of(case), page_size=2).json
    last = ada.get(path_of(case), page_size=2, cursor=first["next"]).json
    assert [each["direction"] for each in first["results"] + last["results"]] == ["in", "out", "note"]
    assert first["previous"] is None and last["next"] is None


def test_what_was_said_is_never_changed_afterwards(desk: WebDesk) -> None:
    """H-139: no route edits or deletes a message, or makes a note public."""
    routes = [rule for rule in desk.web.url_map.iter_rules() if "message" in rule.rule and rule.methods]
    assert routes and [rule.rule for rule in routes if rule.methods & {"PATCH", "PUT", "DELETE"}] == []
