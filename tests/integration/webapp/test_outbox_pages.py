"""The outbox page, and what agents do about the mails of a message, over HTTP."""

import re

import pytest
from sqlalchemy import text, update

from models.actions.suppression import note_trouble
from models.database import db
from models.mailbox import Mailbox
from models.outbox import Outbox
from models.queries.suppression import is_suppressed
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk
from tests.web import Answer, BrowserTab

STATE_SHOWN_UNDER = {
    "waiting": "retry", "failed": "failed", "uncertain": "uncertain", "cancelled": "cancelled", "sent": "sent",
}  # fmt: skip


@pytest.fixture
def ticket_id(desk: WebDesk) -> int:
    became = desk.takes_in(mail_from(DORA, subject="Where is it?"))
    assert became.ticket_id is not None
    desk.assigns(became.ticket_id, desk.ada)
    return became.ticket_id


def replied(desk: WebDesk, ticket_id: int, state: str = "queued", **more: object) -> Outbox:
    desk.replies(ticket_id, "It is on its way.")
    row = desk.mails_out(ticket_id)[-1]
    db.session.execute(update(Outbox).where(Outbox.id == row.id).values(state=state, **more))
    db.session.commit()
    return desk.mails_out(ticket_id)[-1]


def does(tab: BrowserTab, path: str, **form: str) -> Answer:
    return tab.post(path, form)


def mail_path(ticket_id: int, row: Outbox) -> str:
    return f"/inbox/mine/t/{ticket_id}/mails/{row.id}/"


def test_the_outbox_of_the_whole_desk_is_for_administrators(desk: WebDesk, ticket_id: int) -> None:
    row = replied(desk, ticket_id, "sent", mime=b"Subject: x\r\n\r\nhello")
    for who, status in (("cleo", 200), ("ada", 403), ("", 303)):
        tab = desk.tab(who)
        for path in ("/outbox/", "/outbox/?show=sent", f"/outbox/{row.id}/", f"/outbox/{row.id}/original"):
            assert tab.get(path).status == status, (who, path)


def test_the_table_says_of_each_mail_how_it_fares(desk: WebDesk, ticket_id: int) -> None:
    replied(desk, ticket_id, "retry", attempts=3, last_code=450, last_text="4.2.0 Greylisted <b>")
    page = desk.tab("cleo").get("/outbox/").body
    assert DORA.address in page and "450 4.2.0 Greylisted &lt;b&gt;" in page and "Where is it?" in page
    assert re.search(r"outbox-tries\">3<", page)
    assert desk.ticket(ticket_id).ref in page


def test_filters_show_their_mails_and_no_others(desk: WebDesk, ticket_id: int) -> None:
    rows = {name: replied(desk, ticket_id, state) for name, state in STATE_SHOWN_UNDER.items()}
    tab = desk.tab("cleo")
    for shown in rows:
        page = tab.get(f"/outbox/?show={shown}").body
        assert [name for name, row in rows.items() if f"out-{row.id}" in page] == [shown]
    row = rows["sent"]
    assert f"out-{row.id}" not in tab.get("/outbox/?show=all&find=nobody").body
    assert f"out-{row.id}" in tab.get("/outbox/?show=all&find=DORA&live=1").body


def test_an_administrator_stops_a_mail_and_lets_it_go_after_all(desk: WebDesk, ticket_id: int) -> None:
    row = replied(desk, ticket_id, "retry")
    tab = desk.tab("cleo")
    assert does(tab, f"/outbox/{row.id}/", do="cancel").status == 303
    assert desk.mails_out(ticket_id)[0].state == "cancelled"
    assert does(tab, f"/outbox/{row.id}/", do="retry").status == 303
    assert desk.mails_out(ticket_id)[0].state == "queued"
    page = tab.get(f"/outbox/{row.id}/").body
    assert "Stopped" in page and "Sent again" in page


def test_the_mail_as_it_is_sent_is_a_download(desk: WebDesk, ticket_id: int) -> None:
    raw = b"Subject: x\r\n\r\n<script>alert(1)</script>"
    row = replied(desk, ticket_id, "sent", mime=raw)
    answer = desk.tab("cleo").get(f"/outbox/{row.id}/original")
    assert answer.body == raw.decode() and answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_mailbox_is_paused_and_goes_on(desk: WebDesk) -> None:
    tab = desk.tab("cleo")
    for do, paused in (("pause", True), ("resume", False)):
        assert does(tab, f"/outbox/mailboxes/{desk.support}/", do=do).status == 303
        desk.looks_again()
        assert (db.session.get_one(Mailbox, desk.support).sending_paused_at is not None) is paused


def test_a_test_mail_is_queued_and_shown(desk: WebDesk) -> None:
    answer = does(desk.tab("cleo"), "/outbox/test/", mailbox=str(desk.support), address="cleo@desk.example")
    assert answer.status == 303
    desk.looks_again()
    [row] = db.session.query(Outbox).all()
    assert (row.kind, row.rcpt, answer.headers["Location"]) == ("test", "cleo@desk.example", f"/outbox/{row.id}/")


def test_an_address_is_written_to_again(desk: WebDesk, ticket_id: int) -> None:
    note_trouble(replied(desk, ticket_id, "sent"), "bounce", "5.1.10", 2, "5.1.10 nobody")
    db.session.commit()
    tab = desk.tab("cleo")
    assert "5.1.10 nobody" in tab.get("/outbox/").body
    assert does(tab, "/outbox/lift/", address=DORA.address).status == 303
    assert not is_suppressed(DORA.address)


def test_an_agent_changes_nothing_there(desk: WebDesk, ticket_id: int) -> None:
    row = replied(desk, ticket_id, "retry")
    tab = desk.tab("ada")
    for path in ("/outbox/test/", "/outbox/lift/", "/outbox/mailboxes/1/", f"/outbox/{row.id}/"):
        assert does(tab, path, do="cancel", address="a@b.example", mailbox="1").status == 403
    assert len(desk.mails_out(ticket_id)) == 1 and desk.mails_out(ticket_id)[0].state == "retry"


def test_a_message_shows_how_its_mail_fares_and_what_can_be_done(desk: WebDesk, ticket_id: int) -> None:
    row = replied(desk, ticket_id, "failed", attempts=2, last_code=550, last_text="5.1.1 No such user")
    page = desk.tab("ada").get(f"/inbox/mine/t/{ticket_id}/").body
    assert f"delivery-{row.id}" in page and "550 5.1.1 No such user" in page and "2 tries" in page
    assert 'value="retry"' in page and 'value="correct"' in page and 'value="cancel"' not in page


def test_an_agent_tries_again_and_corrects_the_address(desk: WebDesk, ticket_id: int) -> None:
    row = replied(desk, ticket_id, "failed")
    tab = desk.tab("ada")
    assert does(tab, mail_path(ticket_id, row), do="retry").status == 303
    db.session.execute(text("UPDATE outbox SET state = 'failed'"))
    db.session.commit()
    assert does(tab, mail_path(ticket_id, row), do="correct", address="dora.hall@example.net").status == 303
    assert [(each.rcpt, each.state) for each in desk.mails_out(ticket_id)] == [
        (DORA.address, "cancelled"),
        ("dora.hall@example.net", "queued"),
    ]


def test_nonsense_is_refused(desk: WebDesk, ticket_id: int) -> None:
    row = replied(desk, ticket_id, "failed")
    tab = desk.tab("ada")
    for form in ({"do": "fly"}, {"do": "correct", "address": "x"}, {}):
        assert does(tab, mail_path(ticket_id, row), **form).status == 422


def test_another_agents_mail_is_nobody_elses(desk: WebDesk, ticket_id: int) -> None:
    row = replied(desk, ticket_id, "retry")
    other = desk.takes_in(mail_from(DORA)).ticket_id
    assert other is not None
    desk.assigns(other, desk.ben)
    assert does(desk.tab("ben"), mail_path(ticket_id, row), do="cancel").status == 404
    assert does(desk.tab("ada"), mail_path(other, row), do="cancel").status == 404
    assert desk.mails_out(ticket_id)[0].state == "retry"


def test_a_reply_is_taken_back_within_ten_seconds(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab("ada")
    said = does(tab, f"/inbox/mine/t/{ticket_id}/replies/", body="Dear Dora, no.", key="k")
    assert said.status == 303
    page = tab.get(f"/inbox/mine/t/{ticket_id}/").body
    [path] = re.findall(r'action="(/inbox/mine/t/\d+/messages/\d+/unsend/)"', page)
    assert does(tab, path).status == 303
    page = tab.get(f"/inbox/mine/t/{ticket_id}/").body
    assert "Dear Dora, no.</textarea>" in page and desk.mails_out(ticket_id) == []


def test_the_toast_after_sending_offers_to_take_it_back(desk: WebDesk, ticket_id: int) -> None:
    tab = desk.tab("ada")
    answer = tab.post(f"/inbox/mine/t/{ticket_id}/replies/", {"body": "Dear Dora"}, HX_Request="true")
    assert 'data-stay="10"' in answer.body and "data-undo-toast" in answer.body


def test_only_its_writer_is_offered_to_take_a_reply_back(desk: WebDesk, ticket_id: int) -> None:
    does(desk.tab("ada"), f"/inbox/mine/t/{ticket_id}/replies/", body="Dear Dora", key="k")
    assert "/unsend/" not in desk.tab("cleo").get(f"/inbox/open/t/{ticket_id}/").body
