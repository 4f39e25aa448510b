"""The draft's ghost and the saved replies in a real browser: words move into the text, and nothing leaves the desk by itself."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from models.actions import ai_drafts
from models.actions.ai_drafts import Finished
from models.actions.saved_replies import ReplyText, save_reply
from models.actor import Actor
from models.ai_draft import AiDraft
from models.database import db
from models.outbox import Outbox
from models.saved_reply import SavedReply
from tests.end_to_end.inbox_pages import InboxPage
from tests.end_to_end.web_desk import WebDesk
from tests.waiting import wait_until

SOURCE = {"id": "m1", "kind": "message", "title": "The customer's message", "row": 1}


def said(text: str, gap: str = " ", marks: list[list[object]] | None = None) -> dict[str, object]:
    return {"text": text, "gap": gap, "sources": ["m1"], "marks": marks or []}


GROWING = [said("Hello Dora,", ""), said("it is limescale <img src=https://evil.example/x>.", "\n\n")]
WHOLE = [*GROWING, said("We refund 45 EUR.", " ", [[10, 16, "amount"]])]


class Worker:
    """Writes one draft by hand, as the job does."""

    def __init__(self, desk: WebDesk, ticket_id: int) -> None:
        self.desk = desk
        with desk.app.app_context():
            self.id = ai_drafts.ask_for_draft(ticket_id, None, Actor(desk.cast.ada, "Ada", "agent")).id
            db.session.commit()

    def writes(self, *, whole: bool) -> None:
        with self.desk.app.app_context():
            draft = db.session.get_one(AiDraft, self.id)
            lease = draft.attempts or (ai_drafts.claim_draft() or draft).attempts
            ai_drafts.write_so_far(self.id, lease, WHOLE if whole else GROWING, [SOURCE])
            if whole:
                ai_drafts.finish_draft(self.id, lease, Finished(1, 1, {"doubts": 1}))
            db.session.commit()

    def row(self) -> AiDraft:
        with self.desk.app.app_context():
            return db.session.get_one(AiDraft, self.id)


def outbox_rows(desk: WebDesk) -> int:
    with desk.app.app_context():
        return db.session.scalar(select(func.count(Outbox.id))) or 0


def test_a_draft_grows_before_ones_eyes_and_is_taken_over_sentence_by_sentence(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket_id = web_desk.mail("A humming kettle", "My kettle hums.", assigned_to=web_desk.cast.ada)
    worker, waiting = Worker(web_desk, ticket_id), outbox_rows(web_desk)
    ticket = inbox.open_ticket("mine", ticket_id)
    inbox.wait_until_live()
    ghost = inbox.page.get_by_role("region", name="AI draft")
    expect(ghost).to_contain_text("Asking…")
    worker.writes(whole=False)
    expect(ghost).to_contain_text("it is limescale <img src=https://evil.example/x>.")
    worker.writes(whole=True)
    expect(ghost.locator("mark")).to_have_text("45 EUR")
    ticket.reply_text.focus()
    inbox.press("Alt+ArrowRight", "Alt+ArrowRight")
    expect(ticket.reply_text).to_have_text("Hello Dora,\n\nit is limescale <img src=https://evil.example/x>.", use_inner_text=True)
    inbox.press("Tab")
    expect(ticket.reply_text).to_have_text("Hello Dora,\n\nit is limescale <img src=https://evil.example/x>. We refund 45 EUR.", use_inner_text=True)
    expect(ghost).to_contain_text("Check before you send: 45 EUR.")
    assert outbox_rows(web_desk) == waiting
    ticket.send()
    expect(ticket.reply_text).to_have_text("")
    assert outbox_rows(web_desk) == waiting + 1
    assert worker.row().kept == pytest.approx(1.0)


def test_h164_a_draft_that_was_overtaken_says_so_and_escape_turns_it_down(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket_id = web_desk.mail("An overtaken draft", "My kettle hums.", assigned_to=web_desk.cast.ada)
    worker = Worker(web_desk, ticket_id)
    worker.writes(whole=True)
    with web_desk.app.app_context():
        draft = db.session.get_one(AiDraft, worker.id)
        draft.last_message_id = 0  # before everything
        db.session.commit()
    ticket = inbox.open_ticket("mine", ticket_id)
    ghost = inbox.page.get_by_role("region", name="AI draft")
    expect(ghost).to_contain_text("A new message has come since")
    ticket.reply_text.focus()
    inbox.press("Escape")
    expect(ghost).to_have_count(0)
    expect(ticket.reply_text).to_be_focused()
    expect(ticket.reply_text).to_have_text("")
    inbox.page.reload()
    expect(ghost).to_have_count(0)


def test_a_slash_finds_a_saved_reply_by_arrow_and_without_a_key_the_button_offers_it(inbox: InboxPage, web_desk: WebDesk) -> None:
    with web_desk.app.app_context():
        cleo = Actor(web_desk.cast.cleo, "Cleo", "admin")
        for title, body in (("Descale", "Dear {{customer.first_name}}, a humming kettle needs vinegar."), ("Detour", "Not this one.")):
            save_reply(ReplyText(title, body, None, True), cleo)
        db.session.commit()
    ticket_id = web_desk.mail("Kettle and vinegar", "Why is my kettle humming? Does it need vinegar?", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_ticket("mine", ticket_id)
    ticket.write("Well: /de")
    options = inbox.page.get_by_role("option", name="De")
    expect(options).to_have_count(2)
    inbox.press("ArrowDown", "ArrowUp", "Enter")
    expect(ticket.reply_text).to_have_text("Well: Dear Dora, a humming kettle needs vinegar.")
    expect(options).to_have_count(0)
    ticket.reply_text.fill("")
    inbox.page.get_by_role("button", name="Draft", exact=True).click()
    ghost = inbox.page.get_by_role("region", name="AI draft")
    expect(ghost).to_contain_text("GEMINI_API_KEY")
    inbox.press("Tab")
    expect(ticket.reply_text).to_have_text("Dear Dora, a humming kettle needs vinegar.")
    wait_until(lambda: times_used(web_desk, "Descale") == 1)


def times_used(desk: WebDesk, title: str) -> int | None:
    with desk.app.app_context():
        return db.session.scalar(select(SavedReply.uses).where(SavedReply.title == title))
