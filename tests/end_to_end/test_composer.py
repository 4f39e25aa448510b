"""The composer in a real browser: whom it goes to, rich text, pasting and dropping, guards, mentions."""

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from models.database import db
from models.message import Attachment, Mention, Message
from models.outbox import Outbox
from tests.end_to_end.inbox_pages import InboxPage, TicketPane
from tests.end_to_end.web_desk import Visit, WebDesk

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

# What an office program and a web page put on the clipboard.
FROM_OUTSIDE = """<html><head><style>p.MsoNormal{color:red}</style><meta name=Generator content="Office"></head><body>
<!--StartFragment--><p class=MsoNormal style='mso-margin-top-alt:auto;color:red'>A <b style='mso-bidi-font-weight:normal'>bold</b> claim<o:p></o:p></p>
<img src="https://tracker.example/pixel.gif" onload="document.title='pwned'"><script>document.title='pwned'</script>
<ul><li><span style="font-weight:700">first</span></li><li onclick="x()">second</li></ul>
<a href="javascript:x()">bad</a> <a href="https://example.com/good" style="color:red">good</a><!--EndFragment--></body></html>"""


@pytest.fixture
def ticket(inbox: InboxPage, web_desk: WebDesk) -> TicketPane:
    ticket_id = web_desk.mail("To be written to", "A question. Regards, Dora", assigned_to=web_desk.cast.ada)
    pane = inbox.open_ticket("mine", ticket_id)
    expect(pane.reply_text).to_be_visible()
    return pane


def last_said(desk: WebDesk, direction: str = "out") -> Message:
    """The newest message, with its recipients and files loaded."""
    with desk.app.app_context():
        message = db.session.scalars(select(Message).where(Message.direction == direction).order_by(Message.id.desc()).limit(1)).one()
        message.sent_to = {  # type: ignore[attr-defined]
            row.rcpt: row.addressed_as for row in db.session.scalars(select(Outbox).where(Outbox.message_id == message.id, Outbox.agent_id.is_(None)))
        }
        message.files = list(db.session.scalars(select(Attachment).where(Attachment.message_id == message.id)))  # type: ignore[attr-defined]
        message.named = list(db.session.scalars(select(Mention.agent_id).where(Mention.message_id == message.id)))  # type: ignore[attr-defined]
        db.session.expunge_all()
        return message


def give(field: Locator, kind: str, **content: str) -> None:
    """Paste or drop what a program would hand over: `html`, `text`, or a `picture` as base64."""
    field.evaluate(
        """(field, [kind, content]) => {
          const data = new DataTransfer();
          if (content.html) data.setData("text/html", content.html);
          if (content.text) data.setData("text/plain", content.text);
          if (content.picture) {
            const bytes = Uint8Array.from(atob(content.picture), (one) => one.charCodeAt(0));
            data.items.add(new File([bytes], content.name || "shot.png", { type: content.type || "image/png" }));
          }
          const place = field.getBoundingClientRect();
          const at = { clientX: place.x + 5, clientY: place.y + 5 };
          const event = kind === "paste"
            ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true, ...at });
          field.dispatchEvent(event);
        }""",
        [kind, content],
    )


def chips(page: Page, place: str) -> Locator:
    return page.locator(f"#reply-form [data-people={place}] .chip")


def test_people_are_added_completed_and_taken_away_by_keys_alone(inbox: InboxPage, ticket: TicketPane, web_desk: WebDesk) -> None:
    page = inbox.page
    expect(chips(page, "to")).to_contain_text("dora@example.net")
    field = page.locator("#reply-form").get_by_role("combobox", name="Cc")
    field.focus()
    page.keyboard.type("jon")
    expect(page.get_by_role("option", name="Jonas Brandt")).to_be_visible()
    page.keyboard.press("Enter")
    expect(chips(page, "cc")).to_contain_text("jonas@example.org")
    page.keyboard.type("not-an-address,")
    expect(chips(page, "cc").nth(1)).to_have_class("chip chip-bad")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    expect(chips(page, "cc")).to_have_count(1)
    ticket.reply_text.fill("It is on its way.")
    inbox.press("Control+Enter")
    expect(page.locator("[data-guard=new_domain]")).to_contain_text("jonas@example.org")
    inbox.press("Control+Enter")
    expect(ticket.card("It is on its way.")).to_be_visible()
    assert last_said(web_desk).sent_to == {"dora@example.net": "to", "jonas@example.org": "cc"}


def test_reply_leaves_out_the_others_and_reply_to_all_brings_them_back(inbox: InboxPage, ticket: TicketPane) -> None:
    page = inbox.page
    inbox.press("r")
    page.locator("#reply-form").get_by_role("combobox", name="Cc").fill("noor@example.net")
    ticket.reply_text.fill("With Noor.")
    inbox.press("Control+Enter")
    expect(ticket.card("With Noor.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("tab", name="Reply to all")).to_have_attribute("aria-selected", "true")
    expect(chips(page, "cc")).to_have_count(1)
    inbox.press("r")
    expect(chips(page, "cc")).to_have_count(0)
    expect(chips(page, "to")).to_have_count(1)
    inbox.press("Escape", "Shift+R")
    expect(chips(page, "cc")).to_contain_text("noor@example.net")


def test_what_is_pasted_comes_in_clean(inbox: InboxPage, ticket: TicketPane, web_desk: WebDesk) -> None:
    """H-109."""
    ticket.reply_text.focus()
    give(ticket.reply_text, "paste", html=FROM_OUTSIDE, text="ignored")
    kept = ticket.reply_text.inner_html()
    assert "<b>bold</b>" in kept and "<li><b>first</b></li>" in kept.replace("\n", "") and 'href="https://example.com/good"' in kept
    for foreign in ("style", "class", "tracker", "script", "onclick", "Mso", "javascript"):
        assert foreign not in kept
    inbox.press("Control+Enter")
    expect(ticket.card("A bold claim")).to_be_attached()
    said = last_said(web_desk)
    assert "<b>bold</b>" in said.body_html and "- first\n- second" in said.body and "good <https://example.com/good>" in said.body
    assert inbox.page.title() != "pwned"


def test_the_tools_and_the_signs_one_types_give_form(inbox: InboxPage, ticket: TicketPane, web_desk: WebDesk) -> None:
    page = inbox.page
    ticket.reply_text.focus()
    inbox.press("Control+b")
    page.keyboard.type("Loud")
    inbox.press("Control+b")
    page.keyboard.type(" and ")
    page.get_by_role("button", name="Italic").click()
    page.keyboard.type("slanted")
    inbox.press("Enter")
    page.keyboard.type("- one")
    inbox.press("Enter")
    page.keyboard.type("two")
    inbox.press("Control+Enter")
    expect(ticket.card("Loud and slanted")).to_be_attached()
    said = last_said(web_desk)
    assert "<b>Loud</b>" in said.body_html and "<i>slanted</i>" in said.body_html
    assert said.body == "Loud and slanted\n- one\n- two"


def test_plain_text_stays_possible(inbox: InboxPage, ticket: TicketPane, web_desk: WebDesk) -> None:
    page = inbox.page
    ticket.reply_text.focus()
    inbox.press("Control+b")
    page.keyboard.type("Once bold")
    page.locator("#reply-form").get_by_role("button", name="Plain text").click()
    expect(page.locator("#reply-body")).to_have_value("Once bold")
    page.keyboard.type(" <b>text</b>")
    inbox.press("Control+Enter")
    expect(ticket.card("Once bold <b>text</b>")).to_be_visible()
    assert last_said(web_desk).body_html == ""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_stands_among_the_words_and_travels_with_them(inbox: InboxPage, ticket: TicketPane, web_desk: WebDesk, kind: str) -> None:
    ticket.reply_text.focus()
    inbox.page.keyboard.type("Look here: ")
    give(ticket.reply_text, kind, picture=base64.b64encode(PIXEL).decode())
    image = ticket.reply_text.locator("img")
    expect(image).to_be_attached()
    assert image.evaluate("async (image) => (await image.decode(), image.naturalWidth)") == 1
    inbox.press("Control+Enter")
    expect(ticket.card("Look here:")).to_be_attached()
    said = last_said(web_desk)
    [file] = said.files
    assert file.is_inline and file.content_type == "image/png" and f'src="cid:{file.content_id}"' in said.body_html


def test_other_files_go_beside_the_words_and_can_be_removed(inbox: InboxPage, ticket: TicketPane, web_desk: WebDesk) -> None:
    page = inbox.page
    give(ticket.reply_text, "drop", picture="JVBERg==", name="a.pdf", type="application/pdf")
    page.locator("#reply-form [data-attach]").set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"b"})
    files = page.locator("#reply-form .draft-file")
    expect(files).to_have_count(2)
    page.get_by_role("button", name="Remove a.pdf").click()
    expect(files).to_have_count(1)
    page.reload()
    expect(files).to_contain_text("b.txt")
    ticket.reply_text.fill("I have attached it.")
    inbox.press("Control+Enter")
    expect(ticket.card("I have attached it.")).to_be_visible()
    assert [file.filename for file in last_said(web_desk).files] == ["b.txt"]


def test_a_guard_asks_once_and_then_lets_it_go(inbox: InboxPage, ticket: TicketPane) -> None:
    page = inbox.page
    ticket.reply_text.fill("Hi Anna,\nplease find attached the invoice.")
    inbox.press("Control+Enter")
    expect(page.locator("[data-guard=wrong_person]")).to_contain_text("Anna")
    expect(page.locator("[data-guard=missing_attachment]")).to_be_visible()
    expect(ticket.card("please find attached")).to_have_count(0)
    expect(ticket.reply_text).to_be_focused()
    page.get_by_role("button", name="Send as it is").click()
    expect(ticket.card("please find attached")).to_be_visible()


def test_a_message_is_handed_on_to_a_stranger_who_takes_no_part(inbox: InboxPage, ticket: TicketPane, web_desk: WebDesk) -> None:
    page = inbox.page
    inbox.press("f")
    expect(page.locator("#forward-form").get_by_role("combobox", name="To")).to_be_focused()
    page.keyboard.type("parts@supplier.example")
    inbox.press("Tab")
    page.get_by_role("textbox", name="Your words above the message").fill("Can you deliver this?")
    inbox.press("Control+Enter")
    expect(page.locator("#forward-form [data-guard=new_domain]")).to_be_visible()
    inbox.press("Control+Enter")
    expect(ticket.card("Can you deliver this?")).to_contain_text("parts@supplier.example")
    assert last_said(web_desk, "note").sent_to == {"parts@supplier.example": "to"}
    expect(page.locator("#reply-form .chip")).to_have_count(1)


def test_a_colleague_is_named_by_a_sign_and_told(inbox: InboxPage, ticket: TicketPane, web_desk: WebDesk, colleague: Callable[[str], InboxPage]) -> None:
    page = inbox.page
    inbox.press("n")
    page.keyboard.type("Please look, @be")
    expect(page.get_by_role("option", name="Ben")).to_be_visible()
    inbox.press("Enter")
    page.keyboard.type("- it is urgent")
    inbox.press("Control+Enter")
    expect(ticket.card("it is urgent")).to_be_visible()
    assert last_said(web_desk, "note").named == [web_desk.cast.ben]


def test_send_and_resolve_by_one_key(inbox: InboxPage, ticket: TicketPane) -> None:
    ticket.reply_text.fill("Done.")
    inbox.press("Control+Shift+Enter")
    expect(ticket.status).to_contain_text("Resolved")


def test_a_rich_draft_is_there_again_after_a_reload_and_after_taking_it_back(inbox: InboxPage, ticket: TicketPane) -> None:
    page = inbox.page
    ticket.reply_text.focus()
    inbox.press("Control+b")
    page.keyboard.type("Bold words")
    expect(ticket.saved).to_contain_text("saved")
    page.reload()
    expect(ticket.reply_text.locator("b")).to_have_text("Bold words")
    inbox.wait_until_live()
    ticket.send()
    expect(ticket.card("Bold words")).to_be_attached()
    page.get_by_role("button", name="Take it back").click()
    expect(ticket.reply_text.locator("b")).to_have_text("Bold words")


def test_without_scripts_a_plain_form_posts_a_reply(window: Visit, web_desk: WebDesk, inbox: InboxPage) -> None:
    ticket_id = web_desk.mail("A plain form", "A question.", assigned_to=web_desk.cast.ada)
    browser = window.context.browser
    assert browser is not None
    with browser.new_context(java_script_enabled=False, storage_state=window.context.storage_state()) as context:
        page = context.new_page()
        page.goto(f"{web_desk.base}/inbox/mine/t/{ticket_id}/")
        page.locator("#reply-body").fill("Hi Anna, a plain answer.")
        page.locator("#reply-form [data-send]").click()
        expect(page.locator("[data-guard=wrong_person]")).to_be_visible()
        expect(page.locator("#reply-body")).to_have_value("Hi Anna, a plain answer.")
        page.get_by_role("button", name="Send as it is").click()
        expect(page.locator("#thread .card", has_text="a plain answer")).to_be_visible()
    assert last_said(web_desk).sent_to == {"dora@example.net": "to"}
