"""Ten seconds to think better of a reply, by mouse and by key; and the mails of a message looked after from its card."""

from playwright.sync_api import Route, expect
from sqlalchemy import update

from models.database import db
from models.outbox import Outbox
from tests.end_to_end.inbox_pages import InboxPage
from tests.end_to_end.web_desk import WebDesk


def test_a_reply_is_taken_back_by_key_and_its_words_are_there_again(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("Taken back by key", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Taken back by key")
    ticket.reply("Something rash.")
    expect(inbox.toast).to_contain_text("Undo")
    inbox.press("z")
    expect(ticket.card("Something rash.")).to_have_count(0)
    expect(ticket.reply_text).to_have_text("Something rash.")
    expect(ticket.status).to_contain_text("Assigned")


def test_the_toast_takes_a_reply_back(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("Taken back by toast", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Taken back by toast")
    ticket.reply("Something rash.")
    inbox.toast.get_by_role("button", name="Undo").click()
    expect(ticket.reply_text).to_have_text("Something rash.")
    expect(inbox.page.get_by_text("took a reply back before it was sent")).to_have_count(1)


def test_a_failed_mail_is_sent_to_a_corrected_address_without_a_mouse(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket_id = web_desk.mail("A mailbox that is none", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("A mailbox that is none")
    ticket.reply("The answer.")
    with web_desk.app.app_context():
        failed = {"state": "failed", "attempts": 1, "last_code": 550, "last_text": "5.1.1 No such user"}
        db.session.execute(update(Outbox).where(Outbox.ticket_id == ticket_id).values(**failed))
        db.session.commit()
    inbox.page.reload()
    card = ticket.card("The answer.")
    expect(card).to_contain_text("550 5.1.1 No such user")
    card.locator(".delivery-more > summary").focus()
    inbox.press("Enter")
    card.get_by_label("Right address instead of dora@example.net").fill("dora.winter@example.net")
    inbox.press("Enter")
    expect(card).to_contain_text("dora.winter@example.net: waits to be sent")
    expect(card).to_contain_text("sent to dora.winter@example.net instead")


def test_what_is_answered_counts_also_where_a_refresh_has_drawn_its_button_anew(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket = inbox.open_ticket("mine", web_desk.mail("A changing card", "A question.", assigned_to=web_desk.cast.ada))
    ticket.reply("Too early.")
    expect(inbox.page.locator("form.unsend")).to_be_attached()

    def draw_it_anew(route: Route) -> None:
        inbox.page.evaluate("() => { const form = document.querySelector('form.unsend'); form.replaceWith(form.cloneNode(true)); }")
        route.continue_()

    inbox.page.route("**/unsend/**", draw_it_anew)
    inbox.page.locator("form.unsend button").click()
    expect(ticket.reply_text).to_have_text("Too early.")
