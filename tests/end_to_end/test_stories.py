"""Days at the desk, told whole: what people do from beginning to end, in a real browser on a real server."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from models.actions.people import create_user
from models.database import db
from tests import example_desk
from tests.end_to_end.inbox_pages import InboxPage, TicketPane
from tests.end_to_end.web_desk import Visit, WebDesk


def hire(desk: WebDesk, name: str) -> int:
    """An agent with an empty desk; the id."""
    with desk.app.app_context():
        user = create_user(name.lower(), f"{name.lower()}@example.com", "agent", password=example_desk.PASSWORD, full_name=f"{name} Moss")
        db.session.commit()
        return user.id


@pytest.fixture
def keyboard(window: Visit, web_desk: WebDesk) -> Page:
    """A window in which nobody touches the mouse."""
    page = window.page
    page.add_init_script("addEventListener('pointerdown', () => { throw new Error('somebody touched the mouse'); }, true);")
    return page


def test_an_agents_hour_from_sign_in_to_zero_by_keys_alone(keyboard: Page, web_desk: WebDesk) -> None:
    finn = hire(web_desk, "Finn")
    subjects = ["The lid does not close", "A second cup, please", "Where is the manual?"]
    for subject in subjects:
        web_desk.mail(subject, "Could you help me?", assigned_to=finn)
    keyboard.goto(f"{web_desk.base}/signin")
    type_in(keyboard, "finn", "Tab", example_desk.PASSWORD, "Enter")
    keyboard.wait_for_url(f"{web_desk.base}/inbox/mine/")
    inbox, ticket = InboxPage(keyboard, web_desk.base), TicketPane(keyboard)
    inbox.wait_until_live()
    for left in (3, 2, 1):
        expect(inbox.rows).to_have_count(left)
        inbox.press("j", "Enter")
        expect(keyboard.locator("#subject")).to_be_visible()
        inbox.press("r")
        expect(ticket.reply_text).to_be_focused()
        type_in(keyboard, f"With pleasure, number {left}.", "Control+Enter")
        expect(ticket.card(f"With pleasure, number {left}.")).to_be_visible()
        inbox.press("e")
        expect(ticket.status).to_contain_text("Resolved")
        inbox.press("u")
        expect(keyboard.get_by_text("No conversation is open")).to_be_visible()
    expect(keyboard.get_by_text("Nothing waits for you.")).to_be_visible()


def test_two_agents_on_one_ticket_see_what_the_other_does(
    inbox: InboxPage, web_desk: WebDesk, colleague: Callable[[str], InboxPage]
) -> None:
    ticket_id = web_desk.mail("Both want to help", "The handle is loose.")
    ben = colleague("ben")
    hers, his = inbox.open_ticket("unassigned", ticket_id), ben.open_ticket("unassigned", ticket_id)
    ben.wait_until_live()
    inbox.press("i")
    expect(his.assignee).to_contain_text("Ada Lind")
    hers.write("We send you a new")
    expect(his.viewers).to_contain_text("Ada Lind is writing")
    his.note("There is a spare one on the shelf.")
    expect(hers.card("There is a spare one on the shelf.")).to_be_visible()
    expect(hers.reply_text).to_have_text("We send you a new")


def test_the_palette_finds_acts_views_and_tickets(inbox: InboxPage, web_desk: WebDesk) -> None:
    web_desk.mail("A teapot without a spout", "It cannot pour.", assigned_to=web_desk.cast.ada)
    page = inbox.open_view("open").page
    inbox.press("Control+k")
    page.keyboard.type("unassi")
    expect(page.locator(".palette-option").first).to_contain_text("Unassigned")
    inbox.press("Enter")
    expect(page.get_by_role("heading", name="Unassigned", level=1)).to_be_visible()
    inbox.press("Control+k")
    page.keyboard.type("teapot without")
    expect(page.locator(".palette-option", has_text="A teapot without a spout")).to_be_visible()
    inbox.press("ArrowDown", "ArrowUp", "Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_keys_can_be_changed_and_two_acts_never_share_them(inbox: InboxPage, web_desk: WebDesk) -> None:
    page = inbox.page
    page.goto(f"{web_desk.base}/account/#keys")
    page.locator("[name='go-waiting']").fill("g m")
    expect(page.locator("[data-shortcut-trouble]")).to_contain_text("g m is both")
    page.locator("[name='go-waiting']").fill("Shift+q")
    expect(page.locator("[data-shortcut-trouble]")).to_be_hidden()
    with page.expect_navigation():
        page.locator("#keys").get_by_role("button", name="Save").click()
    inbox.open_view("open")
    inbox.press("Shift+Q")
    expect(page.get_by_role("heading", name="Waiting on customer", level=1)).to_be_visible()
    inbox.press("?")
    expect(page.locator("#help dl > div", has=page.get_by_text("Waiting on customer", exact=True)).locator("kbd").last).to_have_text("q")
    page.goto(f"{web_desk.base}/account/#keys")
    with page.expect_navigation():
        page.get_by_role("button", name="As they were made").click()
    expect(page.locator("[name='go-waiting']")).to_have_value("g w")


def test_single_keys_can_be_turned_off_and_the_palette_stays(inbox: InboxPage, web_desk: WebDesk) -> None:
    page = inbox.open_view("open").page
    inbox.press("?")
    page.get_by_label("Turn single keys off").check()
    inbox.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    inbox.press_in_one_breath("gm")
    page.wait_for_timeout(500)  # it would have gone elsewhere by now
    expect(page.get_by_role("heading", name="All open", level=1)).to_be_visible()
    inbox.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


def test_whoever_reads_german_reads_german(window: Visit, web_desk: WebDesk) -> None:
    hire(web_desk, "Greta")
    window.context.set_extra_http_headers({"Accept-Language": "de"})
    page = window.page
    page.goto(f"{web_desk.base}/signin")
    type_in(page, "greta", "Tab", example_desk.PASSWORD, "Enter")
    expect(page.get_by_role("heading", name="Mir zugewiesen", level=1)).to_be_visible()
    expect(page.locator("[data-connection]")).to_have_attribute("title", "Live")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Tastenkürzel")).to_be_visible()
    expect(page.get_by_text("Nächstes Ticket")).to_be_visible()


def type_in(page: Page, *parts: str) -> None:
    """Words are typed; names of keys are pressed."""
    for part in parts:
        if part in ("Tab", "Enter", "Control+Enter"):
            page.keyboard.press(part)
        else:
            page.keyboard.type(part)
