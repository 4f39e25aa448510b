"""GET /api/tickets/<id>/trace/: why each mail is here, for the team alone."""

from models.database import db
from models.message import Message
from tests.cast import DORA
from tests.integration.webapp.api.conftest import Case
from tests.integration.webapp.conftest import WebDesk


def test_a_trace_says_rule_evidence_sender_time_and_headers(desk: WebDesk, case: Case) -> None:
    first = desk.messages_on(case.ticket_id)[0]
    named = f"<{abs(hash(('Where is my parcel?', 'It was to come on Monday.')))}@example.net>"
    reply = (
        f"From: {DORA.address}\r\nTo: support@desk.example\r\nSubject: Re: parcel\r\nMessage-ID: <r@example.net>\r\n"
        f"In-Reply-To: {named}\r\nAuthentication-Results: mx.example; dmarc=pass\r\n\r\nAny news?\r\n"
    )
    added = desk.takes_in(reply.encode())
    assert added.ticket_id == case.ticket_id
    mails = desk.script(desk.ada).get(f"/api/tickets/{case.ticket_id}/trace/").json["results"]
    assert [mail["message_id"] for mail in mails] == [first.id, added.message_id]
    opened, answered = mails
    assert (opened["decision"], answered["decision"]) == ("new_ticket", "reply")
    assert answered["rule"].startswith("D17") and answered["why"]
    assert answered["evidence"]["id"] == named.strip("<>")
    assert answered["level"] == "A1" and answered["sender"]["from_address"] == DORA.address
    assert answered["seconds"] is not None and answered["accepted_at"].endswith("Z")
    headers = {header["name"]: header for header in answered["headers"]}
    assert headers["In-Reply-To"]["value"] == named
    assert headers["In-Reply-To"]["believed"] and not headers["Authentication-Results"]["believed"]
    assert "shown" not in answered["evidence"] and "Any news?" not in str(mails), "a trace repeats no words of a mail"


def test_a_message_that_was_no_mail_is_not_in_it(desk: WebDesk, case: Case) -> None:
    mails = desk.script(desk.ada).get(f"/api/tickets/{case.ticket_id}/trace/").json["results"]
    assert len(mails) == 1
    assert len(desk.messages_on(case.ticket_id)) > 1


def test_only_who_may_see_the_ticket_may_see_its_trace(desk: WebDesk, case: Case) -> None:
    path = f"/api/tickets/{case.ticket_id}/trace/"
    assert desk.script(desk.cleo).get(path).status == 200
    assert desk.script(desk.ben).get(path).status == 404
    assert desk.script(DORA).get(path).status == 403
    assert desk.script().get(path).status == 401
    assert desk.script(desk.ada).get("/api/tickets/999999/trace/").status == 404


def test_the_drawer_and_its_page_say_the_same(desk: WebDesk, case: Case) -> None:
    tab = desk.tab("ada")
    page = tab.get(f"/inbox/mine/t/{case.ticket_id}/trace/").body
    part = tab.get(f"/inbox/mine/t/{case.ticket_id}/trace/", HX_Request="true").body
    for shown in (page, part):
        assert "Why is it here?" in shown and "A1, unknown" in shown and "D19" in shown
    assert "<html" in page and "<html" not in part
    assert desk.tab("ben").get(f"/inbox/mine/t/{case.ticket_id}/trace/").status == 404


def test_a_verdict_of_the_mail_is_shown_where_there_is_no_message(desk: WebDesk, case: Case) -> None:
    message = desk.messages_on(case.ticket_id)[0]
    db.session.get_one(Message, message.id).sender_evidence = None
    db.session.commit()
    mails = desk.script(desk.ada).get(f"/api/tickets/{case.ticket_id}/trace/").json["results"]
    assert mails[0]["sender"]["why"]
