"""Moving a mail by keys, taking it back, and reading why it is here, in a real browser."""

import re

from playwright.sync_api import expect

from tests.end_to_end.inbox_pages import InboxPage
from tests.end_to_end.web_desk import WebDesk


def test_a_mail_is_moved_by_keys_and_back_and_tells_why_it_is_here(inbox: InboxPage, web_desk: WebDesk) -> None:
    ada = web_desk.cast.ada
    ticket_id = web_desk.mail("Two matters in one", "The first matter.", assigned_to=ada)
    web_desk.answer(ticket_id, "The second matter.")
    ticket = inbox.open_view("mine").ticket("Two matters in one")
    expect(ticket.card("The second matter.")).to_be_visible()

    inbox.press("v")
    expect(inbox.page.get_by_label("To the ticket").last).to_be_focused()
    inbox.press("ArrowDown", "Enter")
    expect(inbox.toast).to_contain_text(re.compile("Moved to [A-Z]{4}-[0-9]{3}"))
    expect(ticket.card("The second matter.")).to_have_count(0)
    expect(inbox.page.locator("#thread")).to_contain_text("moved a mail to")
    inbox.press("z")
    expect(ticket.card("The second matter.")).to_be_visible()

    inbox.press("y")
    drawer = inbox.page.get_by_role("dialog", name=re.compile("Why is it here"))
    expect(drawer).to_contain_text("No mail has come to this ticket")  # these words came without a mail
    inbox.press("Escape")
    expect(drawer).to_be_hidden()
    expect(ticket.card("The first matter.")).to_be_visible()

    inbox.page.set_viewport_size({"width": 900, "height": 700})
    inbox.page.get_by_role("link", name="Open the menu").click()
    web_desk.answer(ticket_id, "The third matter.")
    expect(ticket.card("The third matter.")).to_be_visible()
    expect(drawer).to_be_hidden()  # it opens for what is fetched into it, and for no other news
