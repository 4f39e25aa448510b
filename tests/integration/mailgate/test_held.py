"""Held mail: an agent's word sends it down the same road as every other mail."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from models.actions.held import discard, release, undo_discard
from models.actions.people import create_user
from models.actor import Actor, actor_of
from models.app import settings_of
from models.database import db
from models.errors import Conflict, Forbidden, Invalid
from models.people import Role
from models.queries.custody import ledger
from tests.custody import Custody
from webapp.factory import create_app

SUPPORT = "support@example.com"
TWO = "Dora <dora@example.org>, Eve <eve@example.org>"


@pytest.fixture
def ada(custody: Custody) -> Iterator[Actor]:
    """An agent, and the application's context around the test."""
    with custody.app.app_context():
        user = create_user("ada", "ada@desk.example", Role.AGENT, password="ten letters and more", full_name="Ada")
        db.session.commit()
        yield actor_of(user)


def hold(custody: Custody, sender: str = TWO, subject: str = "Parcel") -> UUID:
    inbound_id = custody.keep(subject, sender=sender)
    custody.files()
    assert custody.became(inbound_id)[2] == "held"
    return inbound_id


def test_a_released_mail_becomes_a_ticket_by_the_same_road(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    release(inbound_id, SUPPORT, ada)
    db.session.commit()
    assert ledger().waiting == 1 and ledger().balanced
    custody.files()
    assert custody.became(inbound_id)[2:] == ("new_ticket", "D19")
    assert custody.run("SELECT released_by_id FROM inbound_delivery") == [(ada.id,)]
    custody.audit()


def test_a_sender_that_was_let_through_is_not_held_again(custody: Custody, ada: Actor) -> None:
    release(hold(custody), SUPPORT, ada, allow=True)
    db.session.commit()
    custody.files()
    later = custody.keep("Another parcel", sender=TWO)
    stranger = custody.keep("Another parcel", sender="Eve <eve@example.org>, Dora <dora@example.org>")
    custody.files()
    assert custody.became(later)[2:] == ("new_ticket", "D19")
    assert custody.became(stranger)[2:] == ("held", "D7b")


def test_who_is_let_through_is_still_not_us(custody: Custody, ada: Actor) -> None:
    release(hold(custody, sender="support@example.com"), SUPPORT, ada, allow=True)
    db.session.commit()
    custody.files()
    again = custody.keep("Once more", sender="Support <support@example.com>, Eve <eve@example.org>")
    custody.files()
    assert custody.became(again)[2:] == ("held", "D7c")


def test_a_mail_that_names_nobody_needs_a_name(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody, sender="")
    with pytest.raises(Invalid):
        release(inbound_id, SUPPORT, ada)
    db.session.rollback()
    release(inbound_id, SUPPORT, ada, requester="Fay@Example.org")
    db.session.commit()
    custody.files()
    assert custody.became(inbound_id)[2] == "new_ticket"
    assert custody.run("SELECT address FROM participant") == [("fay@example.org",)]


def test_what_is_discarded_is_kept_counted_and_can_come_back(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    before = custody.run("SELECT decision, rule, evidence FROM inbound_delivery")
    discard(inbound_id, SUPPORT, ada)
    db.session.commit()
    assert ledger().by_decision == {"discarded": 1} and ledger().balanced
    with pytest.raises(Conflict):
        release(inbound_id, SUPPORT, ada)
    db.session.rollback()
    undo_discard(inbound_id, SUPPORT, ada)
    db.session.commit()
    assert custody.run("SELECT decision, rule, evidence FROM inbound_delivery") == before


def test_the_second_of_two_agents_is_told_so(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    release(inbound_id, SUPPORT, ada)
    db.session.commit()
    with pytest.raises(Conflict):
        discard(inbound_id, SUPPORT, ada)
    db.session.rollback()
    custody.files()
    with pytest.raises(Conflict):  # it is a ticket by now
        discard(inbound_id, SUPPORT, ada)


def test_customers_do_not_look_after_held_mail(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    with pytest.raises(Forbidden):
        release(inbound_id, SUPPORT, Actor(ada.id, "Dora", Role.CUSTOMER))


@pytest.fixture
def browser(custody: Custody, ada: Actor) -> FlaskClient:
    settings = settings_of(custody.app).model_copy(update={"agent_visibility": "unassigned"})
    client = create_app(settings).test_client()
    answer = client.post("/signin", data={"username": "ada", "password": "ten letters and more"})
    assert answer.status_code in (302, 303), answer.text
    return client


def token(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("postroom_csrf")
    assert cookie is not None
    return cookie.value


def test_an_agent_reads_why_and_releases(custody: Custody, browser: FlaskClient) -> None:
    inbound_id = hold(custody, subject="<script>alert(1)</script>")
    page = browser.get("/held/").text
    assert "It is not certain who wrote this" in page and "<script>alert" not in page
    one = f"/held/{inbound_id}/{SUPPORT}/"
    assert "Where is it?" in browser.get(one).text
    assert browser.post(one, data={"do": "release"}).status_code in (401, 403), "a foreign page could release it"
    assert browser.post(one, data={"do": "release", "csrf_token": token(browser)}).status_code == 303
    custody.files()
    assert custody.became(inbound_id)[2] == "new_ticket"
    assert browser.get(one).status_code == 404


def test_what_was_discarded_is_under_its_own_filter(custody: Custody, browser: FlaskClient) -> None:
    inbound_id = hold(custody)
    one = f"/held/{inbound_id}/{SUPPORT}/"
    assert browser.post(one, data={"do": "discard", "csrf_token": token(browser)}).status_code == 303
    assert "Parcel" not in browser.get("/held/").text
    assert "Discarded by Ada" in browser.get("/held/?show=discarded").text
    assert browser.post(one, data={"do": "undo", "csrf_token": token(browser)}).status_code == 303
    assert "Parcel" in browser.get("/held/").text


def test_who_sees_only_his_own_tickets_sees_no_held_mail(custody: Custody, ada: Actor) -> None:
    inbound_id = hold(custody)
    client = create_app(settings_of(custody.app)).test_client()
    client.post("/signin", data={"username": "ada", "password": "ten letters and more"})
    assert "Parcel" not in client.get("/held/").text
    assert client.get(f"/held/{inbound_id}/{SUPPORT}/").status_code == 404
