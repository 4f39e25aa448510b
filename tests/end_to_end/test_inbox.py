"""The inbox in a real browser, against the real web, Postgres and Redis."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route, expect

from tests import example_desk
from tests.end_to_end.inbox_pages import InboxPage, SignInPage, TicketPane
from tests.end_to_end.web_desk import Visit, WebDesk, visit


def test_a_wrong_password_is_told_so_and_a_right_one_opens_the_inbox(
    window: Visit, web_desk: WebDesk
) -> None:
    sign_in = SignInPage(window.page, web_desk.base).open()
    sign_in.sign_in("ada", "not her password")
    expect(sign_in.complaint).to_contain_text("do not belong together")
    expect(window.page.get_by_label("User name")).to_have_value("ada")
    window.complaints.clear()  # the browser reports each 401
    sign_in.sign_in("ada", example_desk.PASSWORD)
    expect(window.page).to_have_url(re.compile("/inbox/mine/$"))


def test_whoever_is_not_signed_in_comes_back_to_where_he_wanted_to_go(
    window: Visit, web_desk: WebDesk
) -> None:
    window.page.goto(f"{web_desk.base}/inbox/waiting/")
    SignInPage(window.page, web_desk.base).sign_in("ben", example_desk.PASSWORD)
    expect(window.page).to_have_url(re.compile("/inbox/waiting/$"))


def test_a_ticket_opens_beside_its_list_and_back_returns(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket_id = web_desk.mail("Opened from the list", "Good morning.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Opened from the list")
    expect(ticket.card("Good morning.")).to_be_visible()
    assert inbox.path == f"/inbox/mine/t/{ticket_id}/"
    inbox.page.go_back()
    expect(inbox.page.get_by_text("No conversation is open")).to_be_visible()
    inbox.page.go_forward()
    expect(ticket.card("Good morning.")).to_be_visible()


def test_a_reply_is_sent_to_the_customer_and_shows_its_delivery(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("Please answer", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Please answer")
    ticket.reply("Here is the answer.")
    expect(ticket.card("Here is the answer.")).to_contain_text("dora@example.net: waits to be sent")
    expect(ticket.status).to_contain_text("In progress")
    expect(ticket.reply_text).to_have_text("")


def test_a_reply_can_resolve_in_the_same_step(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("Solved at once", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Solved at once")
    ticket.reply_and("That was easy.", "Send and resolve")
    expect(ticket.status).to_contain_text("Resolved")
    expect(inbox.row("Solved at once")).to_have_count(0)


def test_a_note_goes_to_nobody_outside(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("With a note", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("With a note")
    ticket.note("She is a difficult customer.")
    card = ticket.card("She is a difficult customer.")
    expect(card).to_contain_text("only your team sees this")
    expect(card.locator(".delivery")).to_have_count(0)
    expect(inbox.row("With a note")).not_to_contain_text("difficult")


def test_a_new_mail_is_on_the_screen_by_itself(inbox: InboxPage, web_desk: WebDesk) -> None:
    inbox.open_view("unassigned")
    web_desk.mail("Fresh from the wire", "Just now.")
    expect(inbox.row("Fresh from the wire")).to_be_visible()


def test_a_live_update_keeps_focus_caret_and_half_typed_text(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket_id = web_desk.mail("Half typed", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Half typed")
    ticket.write("I was about to say")
    inbox.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    web_desk.answer(ticket_id, "One more thing.")
    expect(ticket.card("One more thing.")).to_be_visible()
    expect(ticket.reply_text).to_be_focused()
    inbox.page.keyboard.type("X")
    expect(ticket.reply_text).to_have_text("I was about to Xsay")


def test_a_draft_saves_itself_and_is_there_again(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket_id = web_desk.mail("With a draft", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("With a draft")
    ticket.write("Not finished yet")
    expect(ticket.saved).to_contain_text("saved")
    again = inbox.open_ticket("mine", ticket_id)
    expect(again.reply_text).to_have_text("Not finished yet")


def test_a_draft_does_not_come_back_after_sending(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket_id = web_desk.mail("Sent at once", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Sent at once")
    ticket.write("Typed and sent in one breath")
    inbox.press("Control+Enter")
    expect(ticket.card("Typed and sent in one breath")).to_be_visible()
    inbox.page.wait_for_timeout(2000)  # longer than the draft's rest
    expect(inbox.open_ticket("mine", ticket_id).reply_text).to_have_text("")


def test_leaving_for_another_ticket_keeps_the_last_words(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("Left in a hurry", "A question.", assigned_to=web_desk.cast.ada)
    web_desk.mail("The other one", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Left in a hurry")
    inbox.page.route("**/drafts/reply", slowly)
    ticket.write("Do not lose me")
    inbox.ticket("The other one")
    expect(inbox.ticket("Left in a hurry").reply_text).to_have_text("Do not lose me")


def slowly(route: Route) -> None:
    """The way to the desk is a long one."""
    time.sleep(0.7)
    route.continue_()


def test_an_answer_to_something_else_leaves_the_caret_in_the_text(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("Followed while writing", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Followed while writing")
    ticket.write("Half a")
    inbox.page.evaluate("document.querySelector('[data-follow]').click()")  # moves no focus, as a click would
    expect(inbox.toast).to_contain_text("You follow")
    inbox.page.keyboard.type(" word")
    expect(ticket.reply_text).to_have_text("Half a word")
    expect(ticket.reply_text).to_be_focused()


def test_a_stale_reply_is_stopped_shows_the_news_and_keeps_its_text(
    inbox: InboxPage, web_desk: WebDesk, window: Visit
) -> None:
    ticket_id = web_desk.mail("Crossing mails", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Crossing mails")
    ticket.write("My first answer")
    web_desk.answer(ticket_id, "Forget it, I have found it.")
    expect(ticket.card("Forget it")).to_be_visible()
    expect(inbox.page.get_by_text("A new message has come while you write.")).to_be_visible()
    inbox.press("Control+Enter")
    expect(ticket.refusal).to_contain_text("Forget it, I have found it.")
    expect(ticket.reply_text).to_have_text("My first answer")
    expect(ticket.reply_text).to_be_focused()
    window.complaints.clear()  # the browser reports the 409
    inbox.press("Control+Enter")
    expect(ticket.card("My first answer")).to_be_visible()


def test_what_was_seen_before_writing_does_not_stop_a_reply(inbox: InboxPage, web_desk: WebDesk) -> None:
    ticket_id = web_desk.mail("Read first", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Read first")
    web_desk.answer(ticket_id, "A second question.")
    expect(ticket.card("A second question.")).to_be_visible()
    ticket.reply("Both answered.")


def test_new_mail_does_not_push_the_row_under_the_pointer(inbox: InboxPage, web_desk: WebDesk) -> None:
    inbox.open_view("unassigned")
    target = inbox.rows.nth(3)
    subject = target.locator(".row-subject").inner_text()
    target.hover()
    before = target.bounding_box()
    for number in range(3):
        web_desk.mail(f"Pushing {number}", "Now.")
    expect(inbox.new_pill).to_have_text("↑ 3 new")
    after = inbox.page.locator("#rows .row:hover")
    expect(after.locator(".row-subject")).to_have_text(subject)
    assert abs(after.bounding_box()["y"] - before["y"]) < 2
    inbox.new_pill.click()
    expect(inbox.new_pill).to_be_hidden()
    expect(inbox.rows.first).to_contain_text("Pushing 2")


def test_older_tickets_come_by_scrolling_and_stay_through_a_live_update(
    inbox: InboxPage, web_desk: WebDesk
) -> None:
    for number in range(60):
        web_desk.mail(f"Long list {number}", "Now.")
    inbox.open_view("unassigned")
    expect(inbox.rows).to_have_count(50)
    inbox.rows.nth(49).scroll_into_view_if_needed()
    expect(inbox.row("Change of delivery address").first).to_be_attached()
    loaded = inbox.rows.count()
    assert loaded > 60
    web_desk.mail("After the long list", "Now.")
    expect(inbox.row("After the long list")).to_be_attached()
    assert inbox.rows.count() >= loaded


def test_the_filter_narrows_the_list_and_stays_through_a_live_update(
    inbox: InboxPage, web_desk: WebDesk
) -> None:
    web_desk.mail("A zebra in the list", "Stripes.")
    inbox.open_view("unassigned")
    inbox.press("/")
    inbox.page.keyboard.type("zebra")
    expect(inbox.page.locator("#rows .row:visible")).to_have_count(1)
    web_desk.mail("Not to be seen now", "Now.")
    web_desk.mail("Another zebra", "More stripes.")
    expect(inbox.page.locator("#rows .row:visible")).to_have_count(2)
    expect(inbox.row("Not to be seen now")).to_have_count(0)
    expect(inbox.page.get_by_label("Filter this list")).to_be_focused()


def test_counts_follow_without_a_reload(inbox: InboxPage, web_desk: WebDesk) -> None:
    inbox.open_view("unassigned")
    before = int(inbox.count_of("unassigned").inner_text().split()[0])
    web_desk.mail("One more to count", "Now.")
    expect(inbox.count_of("unassigned")).to_contain_text(str(before + 1))


def test_the_desk_can_be_walked_by_keys_alone(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("Second by key", "A question.")
    web_desk.mail("First by key", "A question.")
    inbox.press_in_one_breath("gu")
    expect(inbox.page.get_by_role("heading", name="Unassigned", level=1)).to_be_visible()
    expect(inbox.rows.first).to_contain_text("First by key")
    inbox.press("j", "j", "Enter")
    expect(inbox.page.locator("#subject")).to_have_text("Second by key")
    ticket = TicketPane(inbox.page)
    inbox.press("i")
    expect(ticket.assignee).to_contain_text("Ada Lind")
    inbox.press("r")
    expect(ticket.reply_text).to_be_focused()
    inbox.page.keyboard.type("jkrna?/")
    expect(ticket.reply_text).to_have_text("jkrna?/")
    inbox.press("Escape", "n")
    expect(ticket.note_text).to_be_focused()
    inbox.press("Escape", "a")
    expect(inbox.page.locator("#assignee-menu")).to_have_attribute("open", "")
    inbox.press("Escape", "e")
    expect(ticket.status).to_contain_text("Resolved")
    inbox.press("?")
    expect(inbox.page.get_by_role("dialog")).to_be_visible()
    inbox.press("Escape", "u")
    expect(inbox.page.get_by_text("No conversation is open")).to_be_visible()


def test_status_assignee_and_priority_change_from_their_menus(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("From the menus", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("From the menus")
    ticket.choose("priority", "Urgent")
    expect(inbox.row("From the menus")).to_contain_text("Urgent")
    ticket.choose("assignee", "Ben Okafor")
    expect(ticket.assignee).to_contain_text("Ben Okafor")
    ticket.choose("status", "Waiting on customer")
    expect(ticket.status).to_contain_text("Waiting on customer")
    expect(inbox.page.locator("#thread")).to_contain_text("assigned this to Ben Okafor")


def test_colleagues_see_each_other_on_a_ticket(
    inbox: InboxPage, web_desk: WebDesk, colleague: Callable[[str], InboxPage]
) -> None:
    ticket_id = web_desk.mail("Looked at by two", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Looked at by two")
    ben = colleague("ben")
    his = ben.open_ticket("open", ticket_id)
    expect(ticket.viewers).to_contain_text("Ben Okafor is here")
    his.write("Let me")
    expect(ticket.viewers).to_contain_text("Ben Okafor is writing")
    ben.page.goto(f"{web_desk.base}/mail/")
    expect(ticket.viewers).to_be_empty()


def test_markup_in_names_and_subjects_stays_text_also_when_it_comes_live(
    inbox: InboxPage, web_desk: WebDesk, colleague: Callable[[str], InboxPage], window: Visit
) -> None:
    """H-154: the name of who is here, of who it is assigned to, a subject and a mail's words, none of them loaded with the page."""
    markup = "<img src=x onerror=alert(1)>"
    web_desk.renames("ben", f"Ben {markup}")
    dialogs: list[str] = []
    window.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    ticket_id = web_desk.mail("Looked at by a prankster", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Looked at by a prankster")
    colleague("ben").open_ticket("open", ticket_id)
    expect(ticket.viewers).to_contain_text(f"Ben {markup} is here")
    web_desk.answer(ticket_id, f"Look at {markup}")
    expect(ticket.card(f"Look at {markup}")).to_be_visible()
    web_desk.mail(f"Subject {markup}", "Another.", assigned_to=web_desk.cast.ada)
    expect(inbox.row(f"Subject {markup}")).to_be_visible()
    assert inbox.page.locator("img[src=x]").count() == 0 and dialogs == []
    web_desk.renames("ben", "Ben Okafor")


def test_a_lost_socket_is_told_of_and_catches_up(inbox: InboxPage, web_desk: WebDesk, window: Visit) -> None:
    inbox.open_view("unassigned")
    window.context.set_offline(True)
    for listener in web_desk.app.extensions["postroom.hub"].all():
        listener.close()
    expect(inbox.page.locator("[data-connection][data-state=lost]")).to_be_attached()
    inbox.page.wait_for_timeout(300)  # nobody could be asked whether the sign-in goes on: so nothing is said of it
    expect(inbox.banner).to_contain_text("You are offline")
    web_desk.mail("Sent while the line was down", "Now.")
    window.context.set_offline(False)
    expect(inbox.row("Sent while the line was down")).to_be_visible()
    expect(inbox.banner).to_be_hidden()
    window.complaints.clear()  # the browser reports each failed request


def test_an_access_token_that_has_run_out_is_renewed_behind_a_reply(
    inbox: InboxPage, web_desk: WebDesk, window: Visit
) -> None:
    web_desk.mail("Written slowly", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Written slowly")
    ticket.reply_text.fill("An answer that took an hour.")
    for name in ("postroom_access", "postroom_csrf"):
        window.context.clear_cookies(name=name)
    ticket.send()
    expect(ticket.card("An answer that took an hour.")).to_be_visible()
    window.complaints.clear()  # the browser reports the 401


def test_a_sign_in_that_has_ended_keeps_the_text_on_the_page(
    inbox: InboxPage, web_desk: WebDesk, window: Visit
) -> None:
    web_desk.mail("Signed out meanwhile", "A question.", assigned_to=web_desk.cast.ada)
    ticket = inbox.open_view("mine").ticket("Signed out meanwhile")
    ticket.reply_text.fill("Do not lose me.")
    window.context.clear_cookies()
    ticket.send()
    expect(inbox.banner).to_contain_text("You are signed out")
    expect(ticket.reply_text).to_have_text("Do not lose me.")
    window.complaints.clear()


def test_without_javascript_one_can_read_reply_and_change_the_status(
    browser: Browser, web_desk: WebDesk
) -> None:
    web_desk.mail("Without scripts", "A question.", assigned_to=web_desk.cast.ada)
    with visit(browser, web_desk.base, java_script_enabled=False) as seen:
        page = seen.page
        SignInPage(page, web_desk.base).open().sign_in("ada", example_desk.PASSWORD)
        page.locator(".row", has_text="Without scripts").click()
        page.get_by_role("textbox", name="Your reply").fill("Sent by a plain form.")
        page.locator("#reply-form [data-send]").click()
        expect(page.locator("#thread")).to_contain_text("Sent by a plain form.")
        page.locator("#status-menu > summary").click()
        page.get_by_role("button", name="Resolved").click()
        expect(page.locator("#status-menu > summary")).to_contain_text("Resolved")
        page.get_by_role("tab", name="Note").click()
        expect(page.get_by_role("textbox", name="Your note")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "height"), [(390, 844), (360, 640), (1024, 768), (1440, 900), (2560, 1440)]
)
def test_no_page_is_wider_than_its_window(
    browser: Browser, web_desk: WebDesk, width: int, height: int
) -> None:
    ticket_id = web_desk.mail(
        "W" * 300, "x" * 5000, html=f"<p>{'y' * 3000}</p><table width='3000'><tr><td>wide</td></tr></table>"
    )
    with visit(browser, web_desk.base, viewport={"width": width, "height": height}) as seen:
        SignInPage(seen.page, web_desk.base).open().sign_in("cleo", example_desk.PASSWORD)
        for path in ("/inbox/unassigned/", f"/inbox/unassigned/t/{ticket_id}/", "/mail/"):
            seen.page.goto(web_desk.base + path)
            wide = seen.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
        assert seen.foreign == []


def test_a_narrow_window_shows_one_pane_at_a_time(browser: Browser, web_desk: WebDesk) -> None:
    web_desk.mail("On the phone", "A question.", assigned_to=web_desk.cast.ada)
    with visit(browser, web_desk.base, viewport={"width": 390, "height": 844}, has_touch=True) as seen:
        SignInPage(seen.page, web_desk.base).open().sign_in("ada", example_desk.PASSWORD)
        inbox = InboxPage(seen.page, web_desk.base)
        ticket = inbox.ticket("On the phone")
        expect(inbox.page.locator("#list")).to_be_hidden()
        expect(ticket.reply_text).to_be_visible()
        inbox.page.get_by_label("Back to the list").click()
        expect(inbox.row("On the phone")).to_be_visible()
        inbox.page.get_by_label("Open the menu").click()
        expect(inbox.page.locator("#views").get_by_text("Waiting on customer")).to_be_visible()
