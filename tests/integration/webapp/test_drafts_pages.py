"""The draft's panel, saved replies and the administrators' page over HTTP: what each shows, and to whom."""

import pytest
from sqlalchemy import func, select

from models.actions.saved_replies import ReplyText, save_reply
from models.ai_draft import AiDraft
from models.database import db
from models.mailbox import Mailbox
from models.outbox import Outbox
from models.saved_reply import SavedReply
from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk


@pytest.fixture
def ticket_id(desk: WebDesk) -> int:
    found = desk.takes_in(mail_from(DORA, subject="The kettle", body="My kettle hums loudly.")).ticket_id
    assert found is not None
    desk.assigns(found, desk.ada)
    return found


def saved(desk: WebDesk, title: str, body: str, *, by: str = "cleo", shared: bool = True) -> int:
    reply = save_reply(ReplyText(title, body, None, shared), getattr(desk, by))
    db.session.commit()
    return reply.id


def test_the_panel_offers_what_was_said_before_and_escapes_it(desk: WebDesk, ticket_id: int) -> None:
    saved(desk, "Kettle <b>hums</b>", "A kettle hums loudly: <script>alert(1)</script> descale it.")
    tab = desk.tab("ada")
    answer = tab.post(f"/tickets/{ticket_id}/ai-drafts/", HX_Request="true")
    assert answer.status == 200 and "<html" not in answer.body
    assert "&lt;script&gt;" in answer.body and "<script" not in answer.body
    assert "Said before" in answer.body and "GEMINI_API_KEY" in answer.body


def test_without_a_script_the_page_comes_back_with_the_panel_on_it(desk: WebDesk, ticket_id: int) -> None:
    saved(desk, "Kettle hums", "A kettle hums loudly when it is full of limescale.")
    tab = desk.tab("ada")
    page = tab.follows(tab.post(f"/tickets/{ticket_id}/ai-drafts/"))
    assert page.status == 200 and "full of limescale" in page.body


def test_a_decision_is_written_down_and_writes_no_mail(desk: WebDesk, ticket_id: int) -> None:
    saved(desk, "Kettle hums", "A kettle hums loudly when it is full of limescale.")
    tab = desk.tab("ada")
    tab.post(f"/tickets/{ticket_id}/ai-drafts/", HX_Request="true")
    draft_id = db.session.scalar(select(AiDraft.id))
    waiting = db.session.scalar(select(func.count(Outbox.id)))  # what assigning the ticket has told Ada
    path = f"/tickets/{ticket_id}/ai-drafts/{draft_id}/"
    assert tab.post(path, {"do": "accept"}).status == 204
    assert tab.post(path, {"do": "send"}, Accept="application/json").status == 422
    assert tab.post(path, {"do": "accept"}, token=False, Accept="application/json").status == 403
    assert desk.tab("ben").post(path, {"do": "reject"}, Accept="application/json").status == 404
    assert desk.tab("cleo").post(path, {"do": "reject"}, Accept="application/json").status == 404
    desk.looks_again()
    draft = db.session.get_one(AiDraft, draft_id)
    assert draft.accepted_at is not None and draft.rejected_at is None
    assert db.session.scalar(select(func.count(Outbox.id))) == waiting
    assert 'data-draft-id' not in tab.get(f"/inbox/mine/t/{ticket_id}/").body


def test_h164_a_draft_that_has_not_read_the_newest_message_says_so(desk: WebDesk, ticket_id: int) -> None:
    saved(desk, "Kettle hums", "A kettle hums loudly when it is full of limescale.")
    tab = desk.tab("ada")
    tab.post(f"/tickets/{ticket_id}/ai-drafts/", HX_Request="true")
    path = f"/tickets/{ticket_id}/ai-drafts/{db.session.scalar(select(AiDraft.id))}/"
    desk.notes(ticket_id, "A note changes nothing.")
    assert "has not read it" not in tab.get(path).body
    desk.replies(ticket_id, "Ben was faster.", desk.ben)
    assert "has not read it" in tab.get(path).body


def test_the_slash_finds_by_title_and_words_with_the_values_of_the_ticket(desk: WebDesk, ticket_id: int) -> None:
    saved(desk, "Descale", "Dear {{customer.first_name}}, descale it ({{ticket.ref}}). {{agent.name}}")
    saved(desk, "Opening hours", "We descale from nine to five.")
    saved(desk, "Ben's own", "CANARY descale", by="ben", shared=False)
    tab = desk.tab("ada")
    path = f"/tickets/{ticket_id}/saved-replies/"
    found = tab.get(f"{path}?q=descale").body
    assert found.index("Descale") < found.index("Opening hours")
    assert f"Dear Dora, descale it ({desk.ticket(ticket_id).ref}). Ada" in found
    assert "CANARY" not in found
    assert "Opening" not in tab.get(f"{path}?q=ticket").body
    assert "No saved reply has" in tab.get(f"{path}?q=%25").body, "a sign of LIKE is a sign like others"
    assert desk.tab("ben").get(path, Accept="application/json").status == 404
    assert desk.tab().get(path, Accept="application/json").status == 401


def test_a_use_is_counted_and_puts_the_reply_first(desk: WebDesk, ticket_id: int) -> None:
    saved(desk, "A first", "One.")
    second = saved(desk, "B second", "Two.")
    tab = desk.tab("ada")
    assert tab.post(f"/saved-replies/{second}/uses/").status == 204
    found = tab.get(f"/tickets/{ticket_id}/saved-replies/").body
    assert found.index("B second") < found.index("A first")


def test_agents_keep_their_own_and_administrators_the_teams(desk: WebDesk) -> None:
    teams = saved(desk, "Team's", "Ours.")
    ada, ben, cleo = desk.tab("ada"), desk.tab("ben"), desk.tab("cleo")
    assert ada.post("/saved-replies/new/", {"title": "Mine", "body": "Hello {{customer.name}}", "for": "me"}).status == 303
    mine = db.session.scalar(select(SavedReply.id).where(SavedReply.title == "Mine"))
    assert "Mine" in ada.get("/saved-replies/").body and "Team" in ada.get("/saved-replies/").body
    for other in (ben, cleo):
        assert "Mine" not in other.get("/saved-replies/").body
        assert other.get(f"/saved-replies/{mine}/", Accept="application/json").status == 404
        assert other.post(f"/saved-replies/{mine}/", {"do": "delete"}, Accept="application/json").status == 404
    assert "readonly" in ada.get(f"/saved-replies/{teams}/").body
    assert ada.post(f"/saved-replies/{teams}/", {"title": "x", "body": "y"}, Accept="application/json").status == 403
    assert ada.post(f"/saved-replies/{mine}/", {"title": "x", "body": "y", "for": "team"}, Accept="application/json").status == 403
    assert cleo.post(f"/saved-replies/{teams}/", {"title": "Team's new", "body": "Ours.", "for": "team"}).status == 303
    assert ada.post(f"/saved-replies/{mine}/", {"do": "delete"}).status == 303
    desk.looks_again()
    assert list(db.session.scalars(select(SavedReply.title))) == ["Team's new"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": " ", "body": "x"}, "give it a name"),
        ({"title": "x", "body": " "}, "write what it says"),
        ({"title": "x", "body": "Dear {{customer.nmae}}"}, "stands for nothing"),
        ({"title": "x", "body": "y", "mailbox": "77"}, "no such mailbox"),
    ],
)
def test_what_cannot_be_saved_comes_back_with_the_reason_and_the_text(desk: WebDesk, fields: dict[str, str], told: str) -> None:
    answer = desk.tab("ada").post("/saved-replies/new/", fields)
    assert answer.status == 422
    assert told in answer.body.lower() and fields["body"].strip() in answer.body


def test_administrators_see_every_draft_and_switch_mailboxes_off_and_nobody_else(desk: WebDesk, ticket_id: int) -> None:
    saved(desk, "Kettle hums", "A kettle hums loudly when it is full of limescale.")
    desk.tab("ada").post(f"/tickets/{ticket_id}/ai-drafts/", HX_Request="true")
    cleo = desk.tab("cleo")
    page = cleo.get("/ai-drafts/").body
    assert "Ada" in page and desk.ticket(ticket_id).ref in page and "Kettle hums" in page and "the desk itself" in page
    assert cleo.post(f"/ai-drafts/mailboxes/{desk.support}/", {"to": "off"}).status == 303
    desk.looks_again()
    assert not db.session.get_one(Mailbox, desk.support).drafts_by_ai
    for name, status in (("ada", 403), ("", 401)):
        tab = desk.tab(name)
        assert tab.get("/ai-drafts/", Accept="application/json").status == status
        refused = tab.post(f"/ai-drafts/mailboxes/{desk.support}/", {"to": "on"}, Accept="application/json")
        assert refused.status == status
    assert "/ai-drafts/" not in desk.tab("ada").get("/saved-replies/").body


def test_figures_of_drafts_are_among_the_metrics(desk: WebDesk) -> None:
    assert "postroom_ai_drafts_waiting 0.0" in desk.tab().get("/metrics").body
