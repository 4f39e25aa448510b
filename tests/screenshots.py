"""Pictures of every page, to be looked at: `python -m tests.screenshots FOLDER`.

Light and dark at 1440, and 1024 and 390 pixels wide, from a desk of examples on embedded services.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from models.migrate import upgrade
from postroom.services import running
from tests import example_desk
from tests.browser import find_chromium, launch
from tests.end_to_end.inbox_pages import InboxPage, SignInPage
from tests.end_to_end.web_desk import WebDesk, running_web, visit
from tests.services import new_database

SIZES = {"wide": (1440, 900), "middle": (1024, 768), "narrow": (390, 844)}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="postroom-shots-") as data,
        running(Path(data), None, None) as services,
    ):
        with new_database(services.database_url) as url:
            upgrade(url)
            with (
                running_web(url, services.redis_url, Path(data) / "web") as desk,
                sync_playwright() as playwright,
            ):
                take_all(launch(playwright, find_chromium(playwright)), desk, folder)


def take_all(browser: Browser, desk: WebDesk, folder: Path) -> None:
    for scheme in ("light", "dark"):
        for size in SIZES:
            if scheme == "dark" and size == "middle":
                continue
            take(browser, desk, folder / f"{size}-{scheme}", scheme, size)


def take(browser: Browser, desk: WebDesk, folder: Path, scheme: str, size: str) -> None:
    """All pages in one look."""
    width, height = SIZES[size]
    folder.mkdir(exist_ok=True)
    with visit(browser, desk.base, viewport={"width": width, "height": height}, color_scheme=scheme) as seen:
        page = seen.page

        def keep(name: str) -> None:
            page.wait_for_timeout(350)
            page.screenshot(path=folder / f"{name}.png")
            print(folder.name, name)

        outside(page, desk, keep)
        inside(page, desk, keep)
        administration(page, desk, keep)


def outside(page: Page, desk: WebDesk, keep: Callable[[str], None]) -> None:
    """The plain pages, and the desk's door."""
    sign_in = SignInPage(page, desk.base).open()
    keep("01-sign-in")
    sign_in.sign_in("ada", "wrong")
    keep("02-sign-in-refused")
    sign_in.sign_in("dora", example_desk.PASSWORD)
    keep("03-customer")
    portal(page, desk, keep)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{desk.base}/signup/")
    keep("06-sign-up")
    page.get_by_label("Your e-mail address").fill("new@example.net")
    page.get_by_role("button", name="Mail me a code").click()
    keep("07-code")
    sign_in.open()
    sign_in.sign_in("ada", example_desk.PASSWORD)
    page.goto(f"{desk.base}/inbox/mine/t/999999/")
    keep("04-not-found")


def portal(page: Page, desk: WebDesk, keep: Callable[[str], None]) -> None:
    """A customer's own pages."""
    page.locator(".request").first.click()
    keep("04-request")
    for name, path in (("05-new-request", "/requests/new/"), ("05-account", "/account/")):
        page.goto(desk.base + path)
        keep(name)


def administration(page: Page, desk: WebDesk, keep: Callable[[str], None]) -> None:
    """What only administrators see; signs Cleo in."""
    page.context.clear_cookies()
    SignInPage(page, desk.base).open().sign_in("cleo", example_desk.PASSWORD)
    page.wait_for_url(f"{desk.base}/inbox/mine/")
    pages = ("/account/", "/account/second-factor/", "/admin/users/", "/admin/users/new/", "/admin/users/1/")
    for number, path in enumerate((*pages, "/admin/mailboxes/", "/admin/mailboxes/1/")):
        page.goto(desk.base + path)
        keep(f"8{number}-{path.strip('/').replace('/', '-')}")


def inside(page: Page, desk: WebDesk, keep: Callable[[str], None]) -> None:
    inbox = InboxPage(page, desk.base)
    inbox.open_view("open")
    keep("10-list")
    inbox.open_view("closed")
    keep("11-empty-view")
    ticket = inbox.open_view("mine").ticket("The printer on the third floor")
    keep("20-ticket")
    page.locator("#thread-scroller").evaluate(
        "pane => { pane.scrollTop = 0; pane.dispatchEvent(new WheelEvent('wheel', {bubbles: true})) }"
    )
    keep("21-ticket-top")
    page.get_by_role("tab", name="Note").click()
    keep("22-note")
    page.locator("#assignee-menu > summary").click()
    keep("23-assignee-menu")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Reply").click()
    page.get_by_label("More ways to send").click()
    keep("24-send-menu")
    page.keyboard.press("Escape")
    desk.answer(
        int(page.locator(".talk").get_attribute("data-ticket")), "By the way: it also smells of smoke now."
    )
    page.get_by_text("A new message has come").wait_for()
    keep("25-news-while-writing")
    ticket.send()
    keep("26-stale")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+?")
    keep("27-help")
    page.keyboard.press("Escape")
    inbox.open_view("open").ticket("Order 4411 arrived broken")
    keep("30-html-mail")
    inbox.open_view("mine").ticket("Cannot sign in since the update")
    keep("31-bounced")
    inbox.open_view("mine").ticket("Which adapter fits the older model?")
    page.locator("#thread-scroller").evaluate(
        "pane => { pane.scrollTop = 0; pane.dispatchEvent(new WheelEvent('wheel', {bubbles: true})) }"
    )
    keep("32-long")
    inbox.open_view("unassigned")
    page.locator("#rows .row", has_text="A very long subject").click()
    keep("33-long-subject")
    page.locator("[data-toggle=person]").click()
    keep("34-person")
    page.goto(f"{desk.base}/mail/")
    keep("40-mail-flow")
    page.locator(".flow-mail a").first.click()
    keep("41-one-mail")
    page.locator(".drawer-open:visible, .me:visible").first.click()
    keep("42-menu")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
