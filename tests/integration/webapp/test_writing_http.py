"""Writing over HTTP: the files of a draft, what a form without scripts sends, and what is asked before it goes."""

import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.database import db
from models.draft import DraftFile
from models.message import Attachment, Message
from models.outbox import Outbox
from tests.integration.webapp.test_inbox_http import Desk, desk, token_of

__all__ = ["desk"]

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def put(
    desk: Desk, name: str, content: bytes, filename: str = "shot.png", *, mode: str = "reply", **form: str
) -> tuple[FlaskClient, TestResponse]:
    client = desk.client(name)
    data = {**form, "files": (io.BytesIO(content), filename)}
    answer = client.post(f"/tickets/{desk.adas}/drafts/{mode}/files/", data=data, headers={"X-CSRF-TOKEN": token_of(client)})
    return client, answer


def test_a_picture_among_the_words_travels_under_its_own_name(desk: Desk) -> None:
    client, answer = put(desk, "ada", PNG, inline="1")
    [file] = answer.json["files"]
    assert client.get(file["url"]).headers["Content-Type"] == "image/png"
    said = desk.post(client, f"/inbox/mine/t/{desk.adas}/replies/", html=f'See <img src="cid:{file["cid"]}" alt="x">')
    assert said.status_code == 303
    with desk.app.app_context():
        [kept] = db.session.scalars(select(Attachment)).all()
        message = db.session.get_one(Message, kept.message_id)
        assert (kept.is_inline, kept.content_id, kept.content_type) == (True, file["cid"], "image/png")
        assert message.body == "See [x]" and f"cid:{file['cid']}" in message.body_html
        assert db.session.scalars(select(DraftFile)).all() == []


def test_a_picture_that_was_taken_out_of_the_words_does_not_travel(desk: Desk) -> None:
    client, _ = put(desk, "ada", PNG, inline="1")
    desk.post(client, f"/inbox/mine/t/{desk.adas}/replies/", html="<b>Without</b>")
    with desk.app.app_context():
        assert db.session.scalars(select(Attachment)).all() == []


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", b"<html>", b""])
def test_what_only_calls_itself_a_picture_stands_among_no_words(desk: Desk, content: bytes) -> None:
    _, answer = put(desk, "ada", content, "x.png", inline="1")
    assert answer.status_code == 422


def test_a_file_that_is_no_picture_is_never_drawn(desk: Desk) -> None:
    client, answer = put(desk, "ada", b"<script>alert(1)</script>", "x.png")
    assert client.get(answer.json["files"][0]["url"]).status_code == 404


def test_the_files_of_a_draft_are_their_writers_alone(desk: Desk) -> None:
    ada, answer = put(desk, "ada", PNG, inline="1")
    file = answer.json["files"][0]
    cleo = desk.client("cleo")
    assert cleo.get(file["url"]).status_code == 404
    where = f"/tickets/{desk.adas}/drafts/files/{file['id']}/"
    assert cleo.delete(where, headers={"X-CSRF-TOKEN": token_of(cleo)}).status_code == 404
    assert ada.delete(where).status_code == 403  # without its token
    assert ada.delete(where, headers={"X-CSRF-TOKEN": token_of(ada)}).status_code == 204
    assert desk.client("ben").get(file["url"]).status_code == 404


def test_nobody_puts_files_on_a_foreign_ticket(desk: Desk) -> None:
    _, answer = put(desk, "ben", PNG)
    assert answer.status_code == 404


def test_a_form_without_scripts_sends_its_files_and_takes_more_people(desk: Desk) -> None:
    client = desk.client("ada")
    where = f"/inbox/mine/t/{desk.adas}/replies/"
    form = {"body": "Attached.", "to": ["dora@example.com", ""], "cc": "frank@example.org, zoe@example.org"}
    asked = client.post(where, data={**form, "csrf_token": token_of(client)})
    assert asked.status_code == 200 and "frank@example.org" in asked.text and "Attached.</textarea>" in asked.text
    sure = "new_domain:frank@example.org, zoe@example.org"
    file = (io.BytesIO(b"words"), "a.txt")
    said = client.post(where, data={**form, "sure": sure, "csrf_token": token_of(client), "files": file})
    assert said.status_code == 303
    with desk.app.app_context():
        assert {row.rcpt for row in db.session.scalars(select(Outbox).where(Outbox.kind == "reply"))} == {
            "dora@example.com", "frank@example.org", "zoe@example.org",
        }  # fmt: skip
        assert db.session.scalars(select(Attachment.filename)).all() == ["a.txt"]


def test_a_question_is_asked_once_and_a_changed_one_again(desk: Desk) -> None:
    client = desk.client("ada")
    where = f"/inbox/mine/t/{desk.adas}/replies/"
    assert 'data-guard="wrong_person"' in desk.post(client, where, body="Hi Anna,").text
    assert 'data-guard="wrong_person"' in desk.post(client, where, body="Hi Berta,", sure="wrong_person:Anna").text
    assert desk.post(client, where, body="Hi Anna,", sure="wrong_person:Anna").status_code == 303


def test_a_note_is_asked_nothing(desk: Desk) -> None:
    client = desk.client("ada")
    assert desk.post(client, f"/inbox/mine/t/{desk.adas}/notes/", body="Hi Anna, attached.").status_code == 303


def test_a_forward_of_anothers_message_is_not_found(desk: Desk) -> None:
    with desk.app.app_context():
        foreign = db.session.scalars(select(Message.id).where(Message.ticket_id == desk.bens)).first()
    client = desk.client("ada")
    form = {"body": "x", "to": "x@supplier.example", "message": str(foreign), "sure": "new_domain:x@supplier.example"}
    answer = desk.post(client, f"/inbox/mine/t/{desk.adas}/forwards/", **form)
    assert answer.status_code == 404
