"""The inbox over HTTP: who may do what, and what downloads look like. Real Postgres, no browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.actions.mailboxes import create_mailbox
from models.actions.messages import Received, StoredFile, Written, add_note, receive_message
from models.actions.people import create_user, customer_for
from models.actions.removing import delete_ticket
from models.actions.tickets import assign, open_ticket
from models.actor import MAIL_GATE, actor_of
from models.app import blobs_of
from models.database import db
from models.draft import Draft
from models.message import Attachment, Message
from models.passwords import hash_password
from models.people import User
from models.settings import load_settings
from models.ticket import Ticket
from tests.picture_host import png
from webapp.factory import create_app

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)


@dataclass(frozen=True)
class Desk:
    """Ada has one ticket, Ben another; Dora wrote the first, Eve the second."""

    app: Flask
    adas: int
    bens: int

    def client(self, name: str) -> FlaskClient:
        client = self.app.test_client()
        assert client.post("/signin", data={"username": name, "password": PASSWORD}).status_code == 303
        return client

    def post(self, client: FlaskClient, path: str, **form: str) -> TestResponse:
        """As the page's own form would: with its CSRF token."""
        return client.post(path, data={"csrf_token": token_of(client), **form})


def token_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("postroom_csrf")
    assert cookie is not None
    return cookie.value


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Agents see their own tickets only, as a desk does that changes nothing."""
    app = create_app(load_settings({"DATABASE_URL": database_url, "POSTROOM_DATA": str(tmp_path)}))
    with app.app_context():
        create_mailbox("Support", "support@example.com")
        people = {
            name: create_user(name, f"{name}@example.com", role, full_name=name.title())
            for name, role in (
                ("ada", "agent"),
                ("ben", "agent"),
                ("cleo", "admin"),
                ("dora", "customer"),
                ("eve", "customer"),
            )
        }
        for person in people.values():
            person.password_hash = HASH  # hashed once: five hashes a test are a second a test
        adas = a_ticket(people["dora"], "Dora's matter", people["ada"])
        bens = a_ticket(people["eve"], "Eve's matter", people["ben"])
        db.session.commit()
    yield Desk(app, adas, bens)
    with app.app_context():
        db.engine.dispose()


def a_ticket(customer: User, subject: str, agent: User) -> int:
    ticket = open_ticket(1, customer, customer.email, subject, "words", MAIL_GATE)
    receive_message(ticket.id, Received("words", customer.id, customer.name, customer.email), MAIL_GATE)
    assign(ticket.id, agent.id, MAIL_GATE)
    return ticket.id


def an_attachment(desk: Desk, ticket_id: int, content: bytes, filename: str, content_type: str) -> int:
    with desk.app.app_context():
        customer = customer_for("dora@example.com", "Dora")
        file = StoredFile(blobs_of(desk.app).put(content), filename, content_type, len(content))
        received = Received("with a file", customer.id, "Dora", "dora@example.com", files=(file,))
        message = receive_message(ticket_id, received, MAIL_GATE)
        db.session.commit()
        return db.session.scalars(select(Attachment.id).where(Attachment.message_id == message.id)).one()


def test_a_foreign_ticket_is_not_found_and_nothing_about_it_is_told(desk: Desk) -> None:
    client = desk.client("ada")
    for path in (f"/inbox/mine/t/{desk.bens}/", f"/tickets/{desk.bens}/", f"/inbox/open/t/{desk.bens}/?all"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Eve" not in answer.text
        assert "not yours to see" in answer.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("replies/", {"body": "hello"}),
        ("notes/", {"body": "hello"}),
        ("status/", {"status": "CLOSED"}),
        ("assignee/", {"assignee": ""}),
        ("priority/", {"priority": "HIGH"}),
        ("tags/", {"tags": "x"}),
        ("subject/", {"subject": "x"}),
    ],
)
def test_a_foreign_ticket_cannot_be_changed(desk: Desk, path: str, form: dict[str, str]) -> None:
    assert desk.post(desk.client("ada"), f"/inbox/mine/t/{desk.bens}/{path}", **form).status_code == 404


@pytest.mark.parametrize(
    "path", ["replies/", "notes/", "status/", "assignee/", "priority/", "tags/", "subject/"]
)
def test_a_change_without_its_csrf_token_is_refused_with_clear_words(desk: Desk, path: str) -> None:
    """H-135"""
    answer = desk.client("ada").post(
        f"/inbox/mine/t/{desk.adas}/{path}", data={"body": "x", "status": "CLOSED"}
    )
    assert answer.status_code == 403
    assert "security token" in answer.text


def test_a_draft_without_its_csrf_token_is_refused(desk: Desk) -> None:
    client = desk.client("ada")
    assert client.put(f"/tickets/{desk.adas}/drafts/reply", data={"body": "x"}).status_code == 403
    with_token = client.put(
        f"/tickets/{desk.adas}/drafts/reply", data={"body": "x"}, headers={"X-CSRF-TOKEN": token_of(client)}
    )
    assert with_token.status_code == 200
    with desk.app.app_context():
        assert db.session.scalars(select(Draft.body)).all() == ["x"]


def test_nobody_drafts_on_a_foreign_ticket(desk: Desk) -> None:
    client = desk.client("ada")
    headers = {"X-CSRF-TOKEN": token_of(client)}
    assert (
        client.put(f"/tickets/{desk.bens}/drafts/reply", data={"body": "x"}, headers=headers).status_code
        == 404
    )


@pytest.mark.parametrize(
    "path", ["/inbox/", "/inbox/mine/", "/inbox/mine/live/", "/mail/", "/inbox/mine/older/"]
)
def test_customers_do_not_enter_the_inbox(desk: Desk, path: str) -> None:
    assert desk.client("dora").get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/inbox/mine/", "/mail/", "/attachments/1/", "/messages/1/frame", "/tickets/1/"]
)
def test_who_is_not_signed_in_is_sent_to_the_door(desk: Desk, path: str) -> None:
    answer = desk.app.test_client().get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/session/renew")


def test_a_view_that_is_not_there_is_said_to_be_so(desk: Desk) -> None:
    assert desk.client("ada").get("/inbox/nonsense/").status_code == 404


def test_a_reply_is_posted_once_however_often_it_is_sent(desk: Desk) -> None:
    client = desk.client("ada")
    for _ in range(2):
        answer = desk.post(
            client, f"/inbox/mine/t/{desk.adas}/replies/", body="An answer.", key="one", then="RESOLVED"
        )
        assert answer.status_code == 303
    with desk.app.app_context():
        assert db.session.scalars(select(Message.body).where(Message.direction == "out")).all() == [
            "An answer."
        ]
        assert db.session.get_one(Ticket, desk.adas).status == "RESOLVED"


def test_a_stale_reply_comes_back_with_its_text_and_the_news(desk: Desk) -> None:
    client = desk.client("ada")
    page = client.get(f"/inbox/mine/t/{desk.adas}/").text
    seen = re.search(r'id="seen" value="(\d+)"', page)[1]
    with desk.app.app_context():
        dora = customer_for("dora@example.com", "Dora")
        receive_message(desk.adas, Received("never mind", dora.id, "Dora", "dora@example.com"), MAIL_GATE)
        db.session.commit()
    answer = desk.post(client, f"/inbox/mine/t/{desk.adas}/replies/", body="My <b>answer</b>", seen=seen)
    assert answer.status_code == 409
    assert "My &lt;b&gt;answer&lt;/b&gt;</textarea>" in answer.text
    assert "never mind" in answer.text


def test_an_empty_reply_is_refused_in_words(desk: Desk) -> None:
    answer = desk.post(desk.client("ada"), f"/inbox/mine/t/{desk.adas}/replies/", body="   ")
    assert answer.status_code == 422
    assert "write something first" in answer.text


def test_an_illegal_move_names_those_that_are_allowed(desk: Desk) -> None:
    client = desk.client("ada")
    desk.post(client, f"/inbox/mine/t/{desk.adas}/status/", status="CLOSED")
    answer = desk.post(client, f"/inbox/mine/t/{desk.adas}/status/", status="WAITING_ON_CUSTOMER")
    assert answer.status_code == 409
    assert "IN_PROGRESS" in answer.text


def test_a_ticket_that_is_given_away_leaves_the_desk_of_the_giver(desk: Desk) -> None:
    client = desk.client("ada")
    with desk.app.app_context():
        ben = db.session.scalars(select(User.id).where(User.username == "ben")).one()
    headers = {"X-CSRF-TOKEN": token_of(client), "HX-Request": "true"}
    answer = client.post(f"/inbox/mine/t/{desk.adas}/assignee/", data={"assignee": str(ben)}, headers=headers)
    assert answer.status_code == 200
    assert "has left your desk" in answer.text
    assert client.get(f"/inbox/mine/t/{desk.adas}/").status_code == 404


def test_an_attachment_is_always_a_download(desk: Desk) -> None:
    file = an_attachment(desk, desk.adas, b"<script>alert(1)</script>", "../x\r\ny.html", "text/html")
    answer = desk.client("ada").get(f"/attachments/{file}/")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        (b"<html>", "image/gif"),
        (b"%PDF", "image/png"),
        (png(30_000, 30_000), "image/png"),  # H-117: more pixels than a browser should hold
    ],
)
def test_what_only_calls_itself_a_picture_is_not_drawn(desk: Desk, content: bytes, declared: str) -> None:
    file = an_attachment(desk, desk.adas, content, "x.png", declared)
    assert desk.client("ada").get(f"/attachments/{file}/picture").status_code == 404


def test_a_picture_is_drawn_with_the_type_of_its_bytes(desk: Desk) -> None:
    file = an_attachment(desk, desk.adas, b"GIF89a\x01\x00\x01\x00;", "x.html", "image/png")
    answer = desk.client("ada").get(f"/attachments/{file}/picture")
    assert answer.headers["Content-Type"] == "image/gif"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_the_number_of_a_file_is_no_right_to_it(desk: Desk) -> None:
    """H-115."""
    file = an_attachment(desk, desk.adas, b"x", "x.txt", "text/plain")
    assert desk.client("ben").get(f"/attachments/{file}/").status_code == 404
    assert desk.client("eve").get(f"/attachments/{file}/").status_code == 404
    assert desk.client("dora").get(f"/attachments/{file}/").status_code == 200
    assert desk.client("cleo").get(f"/attachments/{file}/").status_code == 200


def test_a_file_whose_bytes_were_lost_says_so(desk: Desk) -> None:
    """H-124."""
    file = an_attachment(desk, desk.adas, b"precious", "x.txt", "text/plain")
    with desk.app.app_context():
        row = db.session.get_one(Attachment, file)
        blobs_of(desk.app).path(row.blob_sha256).write_bytes(b"damaged")
    answer = desk.client("ada").get(f"/attachments/{file}/")
    assert answer.status_code == 503
    assert "missing or damaged" in answer.text


@pytest.mark.parametrize("declared", ["text/html\r\nX-Injected: yes", "text/html; charset=utf-7", "x" * 1_000_000, "", "a/b/c"])
def test_what_a_file_calls_itself_never_becomes_a_header(desk: Desk, declared: str) -> None:
    """H-114: the type comes from our own table; H-113: it is never opened here."""
    file = an_attachment(desk, desk.adas, b"<script>alert(1)</script>", "x.html", declared)
    answer = desk.client("ada").get(f"/attachments/{file}/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "X-Injected" not in answer.headers


def test_the_files_of_a_deleted_ticket_are_gone_at_once(desk: Desk) -> None:
    """H-123: nothing between here and the reader keeps a copy."""
    file = an_attachment(desk, desk.adas, b"secret", "x.txt", "text/plain")
    ada = desk.client("ada")
    assert ada.get(f"/attachments/{file}/").headers["Cache-Control"] == "private, no-store"
    with desk.app.app_context():
        delete_ticket(desk.adas, actor_of(db.session.scalars(select(User).where(User.username == "cleo")).one()))
        db.session.commit()
    for path in (f"/attachments/{file}/", f"/attachments/{file}/picture", f"/attachments/{file}/text"):
        assert ada.get(path).status_code == 404


def test_a_hundred_files_are_all_there_and_most_of_them_folded(desk: Desk) -> None:
    """H-119."""
    with desk.app.app_context():
        customer, sha = customer_for("dora@example.com", "Dora"), blobs_of(desk.app).put(b"same")
        files = tuple(StoredFile(sha, f"file {number}.txt", "text/plain", 4) for number in range(100))
        receive_message(desk.adas, Received("many", customer.id, "Dora", "dora@example.com", files=files), MAIL_GATE)
        db.session.commit()
    page = desk.client("ada").get(f"/inbox/mine/t/{desk.adas}/").text
    assert page.count('<li class="file-place">') == 100
    assert page.partition("88 more files")[0].count('<li class="file-place">') == 12


def test_a_note_and_its_files_are_not_the_customers(desk: Desk) -> None:
    with desk.app.app_context():
        ada = db.session.scalars(select(User).where(User.username == "ada")).one()
        file = StoredFile(blobs_of(desk.app).put(b"internal"), "n.txt", "text/plain", 8)
        note = add_note(desk.adas, Written("not for Dora", files=(file,)), actor_of(ada))
        db.session.commit()
        file_id = db.session.scalars(select(Attachment.id).where(Attachment.message_id == note.id)).one()
        note_id = note.id
    dora = desk.client("dora")
    assert dora.get(f"/messages/{note_id}/frame").status_code == 404
    assert dora.get(f"/attachments/{file_id}/").status_code == 404


def test_every_page_carries_the_strict_policy(desk: Desk) -> None:
    client = desk.client("cleo")
    for path in ("/inbox/mine/", f"/inbox/open/t/{desk.adas}/", "/mail/", "/signin"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_no_page_holds_a_script_or_a_style_of_its_own(desk: Desk) -> None:
    page = desk.client("cleo").get(f"/inbox/open/t/{desk.adas}/").text
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert "<style" not in page
    assert not re.search(r"\s(style|on[a-z]+)=", re.sub(r"<textarea.*?</textarea>", "", page, flags=re.S))
