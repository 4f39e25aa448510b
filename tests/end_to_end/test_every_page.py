"""Every page, in light and dark: for people with a screen reader, without a mouse, on a slow line, and who read from the right."""

import gzip
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import webapp
from tests import example_desk
from tests.doors import DOORS
from tests.end_to_end.inbox_pages import InboxPage, SignInPage
from tests.end_to_end.web_desk import WebDesk, visit
from tests.gallery import NOT_PAGES, Sight, gallery
from webapp.assets import DIST

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
CHECK = """async (rules) => {
  const options = {resultTypes: ["violations"], iframes: false, ...(rules ? {runOnly: {type: "rule", values: rules}} : {})};
  const {violations} = await axe.run(document, options);
  return violations.map(({id, impact, nodes}) => ({id, impact, where: nodes.map((node) => node.target.join(" ") + " " + (node.any[0]?.message ?? ""))}));
}"""
COLOURS = ["color-contrast"]  # all that differs between light and dark

MOST_JAVASCRIPT = 60_000  # octets, gzipped
MOST_REQUESTS = 5  # after the page itself

PEOPLE = ("", "dora", "ada", "cleo")

FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const label = one.getAttribute("aria-labelledby");
  const name = (one.getAttribute("aria-label") || (label && document.getElementById(label)?.textContent)
    || one.labels?.[0]?.textContent || one.innerText || one.title || one.placeholder || "").trim();
  return {tag: one.outerHTML.slice(0, 120), name, isSeen: box.width + box.height > 0,
    hasRing: style.outlineStyle !== "none" || style.boxShadow !== "none" || one.matches(".skip, .row, .divider, input, textarea, [contenteditable]")};
}"""


@pytest.fixture(scope="module")
def rooms(browser: Browser, web_desk: WebDesk) -> Iterator[dict[str, Page]]:
    """A window for each kind of person, signed in once for all pages."""
    opened = {}
    for who in PEOPLE:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        opened[who] = context.new_page()
        if who:
            SignInPage(opened[who], web_desk.base).open().sign_in(who, example_desk.PASSWORD)
            opened[who].wait_for_url(re.compile("/inbox/|/requests/"))
    yield opened
    for page in opened.values():
        page.context.close()


def show(page: Page, desk: WebDesk, sight: Sight) -> None:
    answer = page.goto(desk.base + sight.path, wait_until="load")
    assert answer is not None and answer.status == (404 if sight.name == "nothing-there" else 200), sight


def grave(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds that keeps somebody out, or nearly."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE)
    return [f"{found['id']}: {where}" for found in page.evaluate(CHECK, rules) if found["impact"] in GRAVE for where in found["where"]]


def test_no_page_is_left_out(web_desk: WebDesk) -> None:
    shown = {sight.route for sight in gallery(web_desk)}
    pages = {door.partition(" ")[2] for door in DOORS if door.startswith("GET ") and "/api/" not in door}
    assert pages - shown - set(NOT_PAGES) == set(), "add them to tests/gallery.py"


@pytest.mark.parametrize("who", PEOPLE, ids=lambda who: who or "a stranger")
def test_nothing_keeps_anybody_out(rooms: dict[str, Page], web_desk: WebDesk, who: str) -> None:
    found = []
    page = rooms[who]
    for sight in gallery(web_desk):
        if sight.who != who:
            continue
        page.emulate_media(color_scheme="light")
        show(page, web_desk, sight)
        found += [f"{sight.name}, light: {each}" for each in grave(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{sight.name}, dark: {each}" for each in grave(page, COLOURS)]
    page.emulate_media(color_scheme="light")
    assert found == []


def test_what_opens_over_a_page_keeps_nobody_out_either(rooms: dict[str, Page], web_desk: WebDesk) -> None:
    page = rooms["ada"]
    show(page, web_desk, next(sight for sight in gallery(web_desk) if sight.name == "ticket"))
    InboxPage(page, web_desk.base).wait_until_live()
    found = []
    for name, key in {"help": "?", "palette": "Control+k", "assignee": "a", "note": "n", "trace": "y"}.items():
        page.keyboard.press(key)
        if name == "trace":
            expect(page.locator("#trace[open]")).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{name}, {scheme}: {each}" for each in grave(page, None if scheme == "light" else COLOURS)]
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open], details.menu[open], textarea:focus")).to_have_count(0)
    page.emulate_media(color_scheme="light")
    assert found == []


def test_the_check_sees_what_is_wrong(rooms: dict[str, Page], web_desk: WebDesk) -> None:
    page = rooms[""]
    page.goto(f"{web_desk.base}/signin")
    page.evaluate("() => { const button = document.createElement('button'); document.querySelector('main').append(button); }")
    assert [found.partition(":")[0] for found in grave(page)] == ["button-name"]


def test_whoever_walks_with_tab_sees_and_hears_where_he_is(rooms: dict[str, Page], web_desk: WebDesk) -> None:
    page = rooms["ada"]
    show(page, web_desk, next(sight for sight in gallery(web_desk) if sight.name == "ticket"))
    InboxPage(page, web_desk.base).wait_until_live()
    reached = []
    for _step in range(60):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if here is not None:
            reached.append(here)
    assert [each["tag"] for each in reached if not (each["name"] and each["isSeen"] and each["hasRing"])] == []
    tags = " ".join(each["tag"] for each in reached)
    assert 'class="skip"' in tags and "view-link" in tags and 'class="row"' in tags, "it never came to the list"


def test_the_first_load_asks_for_little_and_for_nothing_from_elsewhere(browser: Browser, web_desk: WebDesk) -> None:
    with visit(browser, web_desk.base) as seen:
        SignInPage(seen.page, web_desk.base).open().sign_in("cleo", example_desk.PASSWORD)
        seen.page.wait_for_url(f"{web_desk.base}/inbox/mine/")
        asked: list[str] = []
        seen.page.on("request", lambda request: asked.append(request.url))
        for path in ("/inbox/open/", "/mail/", "/reports/"):
            asked.clear()
            seen.page.goto(web_desk.base + path, wait_until="load")
            loaded = [url for url in asked[1:] if not url.startswith("data:")]
            assert len(loaded) <= MOST_REQUESTS, (path, loaded)
        assert seen.foreign == []


def test_the_scripts_are_small() -> None:
    scripts = sorted(DIST.glob("*.js"))
    assert scripts
    assert sum(len(gzip.compress(script.read_bytes(), 9)) for script in scripts) <= MOST_JAVASCRIPT


def test_the_desk_reads_from_the_right_as_well(rooms: dict[str, Page], web_desk: WebDesk) -> None:
    page = rooms["ada"]
    show(page, web_desk, next(sight for sight in gallery(web_desk) if sight.name == "ticket"))
    page.evaluate("document.documentElement.dir = 'rtl'")
    edges = {name: page.locator(f"#{name}").bounding_box()["x"] for name in ("sidebar", "list", "conversation")}
    assert edges["sidebar"] > edges["list"] > edges["conversation"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_every_button_of_the_inbox_has_a_row_in_the_table_of_actions(rooms: dict[str, Page], web_desk: WebDesk) -> None:
    page = rooms["ada"]
    show(page, web_desk, next(sight for sight in gallery(web_desk) if sight.name == "ticket"))
    table = (Path(webapp.__file__).parent / "frontend/scripts/actions.js").read_text(encoding="utf-8")
    words = re.findall(r"""(?:press\(|onPicked\(|at: |, )(?:"([^"]+)"|'([^']+)')""", table)
    selectors = [one or other for one, other in words if re.search(r"[#>\[]|^\.\w", one or other)]
    bare = page.evaluate(
        """(selectors) => [...document.querySelectorAll("#desk :is(button, summary, [role=tab], a.icon-button)")]
          .filter((one) => one.checkVisibility() && !one.closest(".menu-body, .quoted, .badge-menu, .changes-fold"))
          .filter((one) => !selectors.some((at) => one.matches(at)))
          .map((one) => one.outerHTML.slice(0, 160))""",
        selectors,
    )
    assert bare == []
