"""Writing through the API: rich text and chosen recipients, forwards, the guards' questions, people and colleagues."""

from models.actions.participants import add_participant
from models.database import db
from models.outbox import Outbox
from models.ticket import Participant
from tests.cast import DORA, EVE, mail_from
from tests.integration.webapp.api.conftest import Case
from tests.integration.webapp.conftest import WebDesk


def path_of(case: Case) -> str:
    return f"/api/tickets/{case.ticket_id}/messages/"


def recipients_of(desk: WebDesk, message_id: int) -> dict[str, str | None]:
    desk.looks_again()
    return {row.rcpt: row.addressed_as for row in db.session.query(Outbox).filter_by(message_id=message_id) if row.agent_id is None}


def test_rich_text_is_cleaned_and_told_as_text_too(desk: WebDesk, case: Case) -> None:
    said = desk.script(desk.ada).post(path_of(case), html="<p>Take <b>two</b><script>x()</script></p>")
    assert said.status == 201 and (said.json["body"], said.json["body_html"]) == ("Take two", "<p>Take <b>two</b></p>")


def test_a_reply_names_whom_it_goes_to(desk: WebDesk, case: Case) -> None:
    said = desk.script(desk.ada).post(path_of(case), body="Words.", to=[DORA.address], cc=["frank@example.org"])
    assert recipients_of(desk, said.json["id"]) == {DORA.address: "to", "frank@example.org": "cc"}
    refused = desk.script(desk.ada).post(path_of(case), body="Words.", to=["frank@example.org"])
    assert refused.status == 422 and list(refused.json["errors"]) == ["to"]


def test_a_customer_names_nobody_and_writes_text(desk: WebDesk, case: Case) -> None:
    for more in ({"to": [EVE.address]}, {"cc": []}, {"html": "<b>x</b>"}):
        assert desk.script(DORA).post(path_of(case), body="Words.", **more).status == 403


def test_an_empty_message_names_its_field(desk: WebDesk, case: Case) -> None:
    for more in ({}, {"html": "<p><br></p>"}):
        refused = desk.script(desk.ada).post(path_of(case), **more)
        assert refused.status == 422 and list(refused.json["errors"]) == ["body"]


def test_a_message_is_handed_on_and_the_customer_sees_nothing_of_it(desk: WebDesk, case: Case) -> None:
    before = desk.script(DORA).get(path_of(case)).body
    first = desk.script(desk.ada).get(path_of(case)).json["results"][0]
    said = desk.script(desk.ada).post(f"{path_of(case)}{first['id']}/forward/", to=["parts@supplier.example"], body="Yours?")
    assert said.status == 201 and said.json["is_internal"] and [each["filename"] for each in said.json["attachments"]] == ["order.pdf"]
    assert recipients_of(desk, said.json["id"]) == {"parts@supplier.example": "to"}
    assert desk.script(DORA).get(path_of(case)).body == before
    assert db.session.query(Participant).filter_by(address="parts@supplier.example").count() == 0


def test_a_message_of_another_ticket_is_not_handed_on_from_here(desk: WebDesk, case: Case) -> None:
    other = desk.takes_in(mail_from(EVE), mail_from=EVE.address)
    answer = desk.script(desk.cleo).post(f"{path_of(case)}{other.message_id}/forward/", to=["parts@supplier.example"])
    assert answer.status == 404


def test_the_guards_ask_and_send_nothing(desk: WebDesk, case: Case) -> None:
    mails = db.session.query(Outbox).count()
    asked = desk.script(desk.ada).post(f"{path_of(case)}check/", to=["frank@elsewhere.example"], body="Please find attached the invoice.")
    assert [(each["guard"], each["about"]) for each in asked.json["questions"]] == [
        ("new_domain", "frank@elsewhere.example"),
        ("missing_attachment", "Please find attached"),
    ]
    assert all(each["words"] for each in asked.json["questions"])
    desk.looks_again()
    assert db.session.query(Outbox).count() == mails


def test_the_guards_know_the_notes_of_the_ticket_and_where_mail_comes_back(desk: WebDesk, case: Case) -> None:
    desk.notes(case.ticket_id, "Do not tell her that the parcel was lost by our own driver.")
    db.session.query(Outbox).filter_by(rcpt=DORA.address).update({"state": "failed"})
    db.session.commit()
    asked = desk.script(desk.ada).post(f"{path_of(case)}check/", to=[DORA.address], body="> do not tell her that the parcel was lost by our own driver")
    assert [each["guard"] for each in asked.json["questions"]] == ["internal_text", "unreachable"]


def test_people_are_completed_from_what_the_agent_may_see(desk: WebDesk, case: Case) -> None:
    """Ben sees his own tickets alone: the beginning of a name tells him of nobody on Ada's."""
    add_participant(case.ticket_id, "zoe.adler@example.org", desk.ada, name="Zoe Adler")
    other = desk.takes_in(mail_from(EVE), mail_from=EVE.address)
    desk.assigns(other.ticket_id or 0, desk.ben)
    ada, ben = desk.script(desk.ada), desk.script(desk.ben)
    for beginning in ("zoe", "adl", "ZOE.ADLER@"):
        found = ada.get(f"/api/tickets/{case.ticket_id}/recipients/?q={beginning}").json["results"]
        assert [(each["address"], each["name"]) for each in found] == [("zoe.adler@example.org", "Zoe Adler")]
        assert ben.get(f"/api/tickets/{other.ticket_id}/recipients/?q={beginning}").json["results"] == []
    assert ada.get(f"/api/tickets/{case.ticket_id}/recipients/?q=%25").json["results"] == []
    assert ada.get(f"/api/tickets/{other.ticket_id}/recipients/?q=zoe").status == 404


def test_colleagues_to_name_are_those_who_see_the_ticket(desk: WebDesk, case: Case) -> None:
    found = desk.script(desk.ada).get(f"/api/tickets/{case.ticket_id}/colleagues/").json["results"]
    assert [each["username"] for each in found] == ["ada", "cleo"]
