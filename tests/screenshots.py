"""Pictures of every page, to be looked at: `python -m tests.screenshots FOLDER [LOOK…]`.

Light and dark, 1440, 1024 and 390 pixels wide, from a desk of examples on embedded services. A look is such as
`wide-light` or `narrow-dark`; without one, all are taken.
"""

import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from models.migrate import upgrade
from postroom.services import running
from tests import example_desk
from tests.browser import find_chromium, launch
from tests.end_to_end.inbox_pages import InboxPage, SignInPage
from tests.end_to_end.web_desk import WebDesk, running_web, visit
from tests.gallery import gallery
from tests.services import new_database

SIZES = {"wide": (1440, 900), "middle": (1024, 768), "narrow": (390, 844)}


def main(folder: Path, *looks: str) -> None:
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
                take_all(launch(playwright, find_chromium(playwright)), desk, folder, looks)


def take_all(browser: Browser, desk: WebDesk, folder: Path, looks: Collection[str]) -> None:
    for scheme in ("light", "dark"):
        for size in SIZES:
            if (looks and f"{size}-{scheme}" not in looks) or (scheme == "dark" and size == "middle"):
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

        for who in ("", "dora", "cleo", "ada"):
            as_(page, desk, who)
            for sight in gallery(desk):
                if sight.who == who:
                    page.goto(desk.base + sight.path)
                    keep(f"{who or 'outside'}-{sight.name}")
        inside(page, desk, keep)
        refused(page, desk, keep)


def as_(page: Page, desk: WebDesk, who: str) -> None:
    """Whoever was signed in leaves; `who` comes, or nobody."""
    page.context.clear_cookies()
    if who:
        SignInPage(page, desk.base).open().sign_in(who, example_desk.PASSWORD)
        page.wait_for_url(lambda url: "/signin" not in url)


def refused(page: Page, desk: WebDesk, keep: Callable[[str], None]) -> None:
    """What only shows when something has gone wrong, or half way."""
    page.context.clear_cookies()
    SignInPage(page, desk.base).open().sign_in("ada", "wrong")
    keep("state-sign-in-refused")
    page.goto(f"{desk.base}/signup/")
    page.get_by_label("Your e-mail address").fill("new@example.net")
    page.get_by_role("button", name="Mail me a code").click()
    keep("state-code")


def inside(page: Page, desk: WebDesk, keep: Callable[[str], None]) -> None:
    inbox = InboxPage(page, desk.base)
    inbox.open_view("open")
    ticket = inbox.open_view("mine").ticket("The printer on the third floor")
    keep("state-ticket")
    page.locator("#thread-scroller").evaluate(
        "pane => { pane.scrollTop = 0; pane.dispatchEvent(new WheelEvent('wheel', {bubbles: true})) }"
    )
    keep("state-ticket-top")
    page.get_by_role("tab", name="Note").click()
    keep("state-note")
    page.locator("#assignee-menu > summary").click()
    keep("state-assignee-menu")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Reply").click()
    page.get_by_label("More ways to send").click()
    keep("state-send-menu")
    page.keyboard.press("Escape")
    composing(page, keep)
    desk.answer(
        int(page.locator(".talk").get_attribute("data-ticket")), "By the way: it also smells of smoke now."
    )
    page.get_by_text("A new message has come").wait_for()
    keep("state-news-while-writing")
    ticket.send()
    keep("state-stale")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+?")
    keep("state-help")
    page.keyboard.press("Escape")
    inbox.open_view("open").ticket("Order 4411 arrived broken")
    keep("state-html-mail")
    inbox.open_view("mine").ticket("Cannot sign in since the update")
    keep("state-bounced")
    inbox.open_view("mine").ticket("Which adapter fits the older model?")
    page.locator("#thread-scroller").evaluate(
        "pane => { pane.scrollTop = 0; pane.dispatchEvent(new WheelEvent('wheel', {bubbles: true})) }"
    )
    keep("state-long")
    inbox.open_view("unassigned")
    page.locator("#rows .row", has_text="A very long subject").click()
    keep("state-long-subject")
    page.locator("[data-toggle=person]").click()
    keep("state-person")
    page.keyboard.press("Control+k")
    page.keyboard.type("re")
    keep("state-palette")
    page.keyboard.press("Escape")
    page.goto(f"{desk.base}/mail/")
    page.locator(".drawer-open:visible, .me:visible").first.click()
    keep("state-menu")
    inbox.open_view("open")
    page.context.set_offline(True)
    for listener in desk.app.extensions["postroom.hub"].all():
        listener.close()
    inbox.banner.wait_for()
    keep("state-offline")
    page.context.set_offline(False)


def composing(page: Page, keep: Callable[[str], None]) -> None:
    """The composer as it is written in: a name in a note, a forward to somebody new, and what is asked before it goes."""
    page.get_by_role("tab", name="Note").click()
    page.get_by_role("textbox", name="Your note").click()
    page.keyboard.type("Could you look at the counter, @be")
    keep("state-mention")
    page.get_by_role("textbox", name="Your note").fill("")
    page.get_by_role("tab", name="Forward").click()
    for place, address in (("to", "workshop@printers.example.net"), ("cc", "not an address")):
        page.locator(f"#forward-form [data-people={place}] [data-chip-field]").fill(address)
        page.keyboard.press("Enter")
    keep("state-forward")
    page.locator("#forward-form [data-people=cc] [data-chip-remove]").click()
    page.get_by_role("textbox", name="Your words above the message").fill("Hello Anna, see the attached sheet.")
    page.locator("#forward-form [data-send]").click()
    page.locator("#forward-form [data-guard]").first.wait_for()
    keep("state-guard")
    page.get_by_role("tab", name="Reply").click()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
