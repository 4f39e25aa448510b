"""Mail flow: nothing accepted is hidden from an administrator, nothing foreign is shown to an agent."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from models.actions.mailboxes import create_mailbox
from models.actions.messages import Received, receive_message
from models.actions.people import create_user
from models.actions.tickets import assign, open_ticket
from models.actor import MAIL_GATE
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.passwords import hash_password
from models.people import User
from models.settings import load_settings
from webapp.factory import create_app

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)
RAW = (
    b"From: =?utf-8?q?D=C3=B6ra?= <dora@example.com>\r\nSubject: =?utf-8?b?PGI+SGk8L2I+?=\r\n\r\n"
    b"<script>x</script>\r\n"
)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(load_settings({"DATABASE_URL": database_url, "POSTROOM_DATA": str(tmp_path)}))
    with app.app_context():
        create_mailbox("Support", "support@example.com")
        for name, role in (("ada", "agent"), ("ben", "agent"), ("cleo", "admin"), ("dora", "customer")):
            create_user(name, f"{name}@example.com", role).password_hash = HASH
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


def signed_in(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/signin", data={"username": name, "password": PASSWORD}).status_code == 303
    return client


def an_accepted_mail(
    app: Flask, *, agent: str = "", decision: str = "", state: str = "done", raw: bytes = RAW
) -> UUID:
    """A mail of Dora's in custody, filed into a ticket of `agent` where one is named."""
    inbound = uuid4()
    with app.app_context():
        db.session.add(
            InboundMessage(
                id=inbound,
                envelope_key=inbound.bytes,
                raw_sha256=inbound.bytes,
                raw=raw,
                raw_size=len(raw),
                mail_from="dora@example.com",
                state=state,
            )
        )
        db.session.flush()
        delivery = InboundDelivery(inbound_id=inbound, rcpt="support@example.com", mailbox_id=1)
        if decision:
            delivery.decision, delivery.rule, delivery.evidence = decision, "D5", {"why": "Because of this."}
        if agent:
            people = {user.username: user for user in db.session.scalars(select(User))}
            dora = people["dora"]
            ticket = open_ticket(1, dora, dora.email, "Filed", "x", MAIL_GATE)
            message = receive_message(
                ticket.id, Received("x", dora.id, "Dora", dora.email, inbound_id=inbound), MAIL_GATE
            )
            assign(ticket.id, people[agent].id, MAIL_GATE)
            delivery.decision, delivery.rule = "new_ticket", "D19"
            delivery.ticket_id, delivery.message_id = ticket.id, message.id
        db.session.add(delivery)
        db.session.commit()
    return inbound


def test_every_accepted_mail_is_on_the_page_with_what_it_became_and_why(app: Flask) -> None:
    mails = [
        an_accepted_mail(app, agent="ada"),
        an_accepted_mail(app, decision="backscatter"),
        an_accepted_mail(app, state="dead"),
        an_accepted_mail(app, state="accepted"),
    ]
    page = signed_in(app, "cleo").get("/mail/").text
    assert all(str(mail) in page for mail in mails)
    for words in ("new ticket", "Because of this.", "could not be filed", "waits to be filed"):
        assert words in page
    assert "<b>4</b><span>accepted</span>" in page
    assert "sum-good" in page
    changed = signed_in(app, "cleo").get("/mail/?live=1").text
    assert changed.startswith("<hx-partial") and "<b>4</b><span>accepted</span>" in changed and all(str(mail) in changed for mail in mails)


def test_hostile_headers_are_only_words_on_the_page(app: Flask) -> None:
    mail = an_accepted_mail(app, agent="ada")
    page = signed_in(app, "cleo").get(f"/mail/{mail}/").text
    assert "&lt;b&gt;Hi&lt;/b&gt;" in page
    assert "Döra" in page
    assert "<script>x" not in page


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: " + b"=?utf-8?q?x?= " * 30_000,
        b"no header at all",
        b": empty\r\n\r\n",
    ],
)
def test_a_mail_that_is_hardly_one_is_shown_all_the_same(app: Flask, raw: bytes) -> None:
    mail = an_accepted_mail(app, state="dead", raw=raw)
    cleo = signed_in(app, "cleo")
    assert cleo.get("/mail/").status_code == 200
    assert cleo.get(f"/mail/{mail}/").status_code == 200


def test_a_mail_whose_file_is_lost_is_shown_with_all_else_that_is_known(app: Flask) -> None:
    mail = an_accepted_mail(app, agent="ada")
    with app.app_context():
        db.session.execute(update(InboundMessage).values(raw=None, raw_uri="0" * 64))
        db.session.commit()
    ada = signed_in(app, "ada")
    page = ada.get(f"/mail/{mail}/")
    assert page.status_code == 200 and "Damaged" in page.text and "restore it from a backup" in page.text
    assert ada.get(f"/mail/{mail}/original").status_code == 503


def test_the_original_is_a_download_byte_for_byte(app: Flask) -> None:
    mail = an_accepted_mail(app, agent="ada")
    answer = signed_in(app, "ada").get(f"/mail/{mail}/original")
    assert answer.data == RAW
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_an_agent_sees_the_mails_of_own_tickets_and_no_others(app: Flask) -> None:
    adas, bens = an_accepted_mail(app, agent="ada"), an_accepted_mail(app, agent="ben")
    loose = an_accepted_mail(app, decision="backscatter")
    ada = signed_in(app, "ada")
    page = ada.get("/mail/").text
    assert str(adas) in page
    assert str(bens) not in page
    assert str(loose) not in page
    for foreign in (bens, loose):
        assert ada.get(f"/mail/{foreign}/").status_code == 404
        assert ada.get(f"/mail/{foreign}/original").status_code == 404


@pytest.mark.parametrize("path", ["/mail/", f"/mail/{UUID(int=1)}/", f"/mail/{UUID(int=1)}/original"])
def test_customers_see_no_mail_flow(app: Flask, path: str) -> None:
    assert signed_in(app, "dora").get(path).status_code == 403
