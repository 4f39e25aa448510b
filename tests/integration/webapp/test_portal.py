"""The portal over HTTP: a customer reads and writes what is his, and learns nothing of the team."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from models.database import db
from models.message import Attachment
from models.people import User
from models.ticket import Status
from tests.cast import DORA, EVE, mail_from
from tests.integration.webapp.conftest import HASH, WebDesk
from tests.web import Answer, BrowserTab

NOTE, TAG, AGENT_NAME = "the-canary-of-the-note", "canary-tag", "ada"


@pytest.fixture
def ticket_id(desk: WebDesk) -> int:
    """Dora's ticket by mail: answered, with a note and a tag of the team's."""
    found = desk.takes_in(mail_from(DORA, files={"plan.txt": b"a plan"})).ticket_id
    assert found is not None
    desk.assigns(found, desk.ada)
    desk.notes(found, NOTE)
    desk.replies(found, "It left us yesterday.")
    ticket = desk.ticket(found)
    ticket.tags = [TAG]
    db.session.execute(db.update(User).values(password_hash=HASH))
    db.session.commit()
    return found


def uploads(tab: BrowserTab, path: str, fields: Mapping[str, str], files: Mapping[str, bytes]) -> Answer:
    """Send a form with files, as a browser does (RFC 7578)."""
    parts = [f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in {**fields, "csrf_token": tab.csrf}.items()]
    for name, data in files.items():
        head = f'--B\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: text/html\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    body = b"".join([*parts, b"--B--\r\n"])
    return tab.asks("POST", path, {"body": body}, {"Origin": tab.base, "Content-Type": "multipart/form-data; boundary=B"})


def test_a_customer_reads_his_requests_and_nothing_of_the_team(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab(DORA.address)
    listed, shown = tab.follows(tab.get("/")).body, tab.get(f"/requests/{ticket_id}/").body
    assert "Where is my parcel?" in listed and "It left us yesterday." in listed
    assert "It should have come on Monday." in shown and "It left us yesterday." in shown and "plan.txt" in shown
    for page in (listed, shown):
        for secret in (NOTE, TAG, "note", "assigned", "/mail/"):
            assert secret not in page.lower().replace("note-ink", ""), secret
    assert shown.count('<section class="card') == 2


def test_a_request_with_a_note_looks_like_one_without(desk: WebDesk, ticket_id: int) -> None:
    """The page before and after a note, letter by letter."""
    tab = desk.tab(DORA.address)

    def pages() -> list[str]:
        bodies = [tab.get(path).body for path in ("/requests/", f"/requests/{ticket_id}/")]
        return ["\n".join(line for line in body.splitlines() if 'name="key"' not in line) for body in bodies]

    before = pages()
    desk.notes(ticket_id, "Another one", by=desk.ben)
    assert pages() == before


def test_anothers_request_is_not_there(desk: WebDesk, ticket_id: int) -> None:
    desk.takes_in(mail_from(EVE), mail_from=EVE.address)
    db.session.execute(db.update(User).values(password_hash=HASH))
    db.session.commit()
    tab = desk.tab(EVE.address)
    assert tab.get(f"/requests/{ticket_id}/").status == tab.get("/requests/4711/").status == 404
    for act in ("answers", "resolve", "reopen"):
        assert tab.post(f"/requests/{ticket_id}/{act}/", {"body": "mine"}).status == 404
    assert len(desk.messages_on(ticket_id)) == 3
    file_id = db.session.scalars(select(Attachment.id)).first()
    assert tab.get(f"/attachments/{file_id}/").status == 404


def test_a_customer_answers_with_a_file(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab(DORA.address)
    answer = uploads(tab, f"/requests/{ticket_id}/answers/", {"body": "Here it is.", "key": "k"}, {"../x.html": b"<script>alert(1)</script>"})
    assert answer.status == 303
    uploads(tab, f"/requests/{ticket_id}/answers/", {"body": "Here it is.", "key": "k"}, {})
    *_, said = desk.messages_on(ticket_id)
    assert (said.body, said.direction, said.source, len(desk.messages_on(ticket_id))) == ("Here it is.", "in", "web", 4)
    file = db.session.scalars(select(Attachment).where(Attachment.message_id == said.id)).one()
    got = tab.get(f"/attachments/{file.id}/")
    assert got.status == 200 and got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers.get_content_type() == "application/octet-stream" and "sandbox" in got.headers["Content-Security-Policy"]


def test_an_empty_answer_comes_back_with_a_word(desk: WebDesk, ticket_id: int) -> None:
    answer = desk.tab(DORA.address).post(f"/requests/{ticket_id}/answers/", {"body": "  "})
    assert answer.status == 422 and "Write something first" in answer.body


def test_a_new_request_is_opened_once(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab(DORA.address)
    form = {"subject": "The kettle <hums>", "description": "Is that right?", "key": "k1"}
    first, again = (tab.post("/requests/new/", form) for _ in range(2))
    assert first.status == 303 and first.location == again.location
    assert "The kettle &lt;hums&gt;" in tab.get(first.location).body
    assert len(desk.tickets()) == 2


def test_a_request_is_settled_and_reopened(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab(DORA.address)
    assert "It is settled" in tab.get(f"/requests/{ticket_id}/").body
    tab.post(f"/requests/{ticket_id}/resolve/")
    assert desk.ticket(ticket_id).status == Status.RESOLVED
    assert "Reopen" in tab.get(f"/requests/{ticket_id}/").body
    tab.post(f"/requests/{ticket_id}/reopen/")
    assert desk.ticket(ticket_id).status == Status.IN_PROGRESS


def test_the_portal_is_for_customers_and_the_inbox_for_the_team(desk: WebDesk, ticket_id: int) -> None:
    assert desk.tab(AGENT_NAME).get("/requests/").status == 403
    assert desk.tab(DORA.address).get("/inbox/mine/").status == 403


def test_an_agent_without_a_full_name_is_the_desk_to_a_customer(desk: WebDesk, ticket_id: int) -> None:
    """A user name is for signing in and is told to nobody."""
    db.session.execute(db.update(User).where(User.username == AGENT_NAME).values(full_name=""))
    db.session.commit()
    page = desk.tab(DORA.address).get(f"/requests/{ticket_id}/").body
    assert "Message from Support" in page and "Message from ada" not in page
