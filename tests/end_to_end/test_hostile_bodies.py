"""Hundreds of hostile bodies in a real browser: nothing runs, nothing is fetched, nothing leaves its frame (P12, H-096 to H-099).

Each goes in twice: past the cleaner, so that the frame's sandbox and policy have to hold by themselves, and through it,
as every real mail goes. `--long` makes it two thousand. The last test hangs the same bodies into a page without walls,
where they do run and do call: so the others can fail.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from models.actions.messages import Received, receive_message
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE
from models.database import db
from models.mailbox import Mailbox
from models.markup import clean_html, fold_quotes
from models.text import clean_text
from tests.end_to_end.conftest import signed_in
from tests.end_to_end.web_desk import Visit, WebDesk, visit
from tests.hostile_html import ESCAPES, PAYLOADS, hostile_bodies
from tests.hosts import Answering, host_of

SHORT, LONG = 200, 2_000
ON_A_PAGE = 100
RAN, CALLED = 20, 60  # bodies that at least bite where there are no walls; the others are for older browsers
TALLEST = 20_000  # pixels, as scripts/conversation.js has it


@dataclass
class Trap:
    """A host that writes down whoever calls: the paths, each of which begins with the number of its body."""

    base: str
    calls: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    calls: list[str] = []

    class Writer(Answering):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

    with host_of(Writer) as base:
        yield Trap(base, calls)


@dataclass
class Harm:
    """Whatever a reader of the page would have noticed, or should have."""

    dialogs: list[str] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)


def watch(page: Page) -> Harm:
    harm = Harm()
    page.on("dialog", lambda dialog: (harm.dialogs.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda opened: harm.windows.append(opened.url))
    page.on("download", lambda file: harm.downloads.append(file.url))
    return harm


def ticket_with(desk: WebDesk, bodies: list[str]) -> int:
    with desk.app.app_context():
        eve = customer_for("eve@elsewhere.example", "Eve")
        mailbox = db.session.scalars(db.select(Mailbox.id)).first()
        ticket = open_ticket(mailbox, eve, "eve@elsewhere.example", "Hostile", "x", MAIL_GATE)
        for body in bodies:
            said = Received("text", eve.id, "Eve", "eve@elsewhere.example", body_html=clean_text(body, 1_000_000) or "<p>nothing was left</p>")
            receive_message(ticket.id, said, MAIL_GATE)
        db.session.commit()
        return ticket.id


def cleaned(body: str) -> str:
    return fold_quotes(clean_html(body).html)


# Frames load when they are seen, which takes a reader's time: here they all load at once.
LOAD_ALL = """() => Promise.all([...document.querySelectorAll('.mail-frame')].map(frame => new Promise(done => {
    frame.addEventListener('load', done, { once: true });
    frame.loading = 'eager';
    if (frame.contentDocument?.querySelector('.mail')) done();
    setTimeout(done, 30000);
})))"""

# What stands where it should not, each in words; an empty list is what we want.
OUTSIDE = """(tallest) => {
    const trouble = [];
    if (window.__pwn !== undefined) trouble.push(`a script ran: ${window.__pwn}`);
    if (document.documentElement.scrollWidth > innerWidth) trouble.push('the page has grown sideways');
    if (document.documentElement.scrollHeight > innerHeight) trouble.push('the page has grown');
    for (const frame of document.querySelectorAll('.mail-frame')) {
        const own = frame.getBoundingClientRect(), card = frame.closest('.card').getBoundingClientRect();
        const inside = frame.contentDocument, name = frame.closest('.card').id;
        if (!inside?.querySelector('.mail')) { trouble.push(`${name} did not load, which proves nothing`); continue; }
        if (inside.defaultView.__pwn !== undefined) trouble.push(`${name}: a script ran inside`);
        if (!inside.URL.endsWith(`/messages/${name.slice(2)}/frame`)) trouble.push(`${name} went to ${inside.URL}`);
        if (own.left < card.left || own.right > card.right + 1 || own.bottom > card.bottom + 1) trouble.push(`${name} leaves its card`);
        if (own.height > tallest) trouble.push(`${name} is ${own.height} high`);
    }
    return trouble;
}"""


@pytest.mark.parametrize("way", ["past the cleaner", "through the cleaner"])
def test_nothing_of_them_runs_calls_or_leaves_its_frame(browser: Browser, web_desk: WebDesk, trap: Trap, way: str, is_long: bool) -> None:
    """H-096, H-097, H-098."""
    bodies = hostile_bodies(LONG if is_long else SHORT, trap.base)
    if way == "through the cleaner":
        bodies = [cleaned(body) for body in bodies]
    trap.calls.clear()
    with visit(browser, web_desk.base) as seen:
        signed_in(seen, web_desk, "cleo")
        harm = watch(seen.page)
        for start in range(0, len(bodies), ON_A_PAGE):
            assert look_at(seen, web_desk, bodies[start : start + ON_A_PAGE]) == [], f"among the bodies from {start} on"
            assert trap.calls == [], f"among the bodies from {start} on"
    assert harm == Harm()


def look_at(seen: Visit, desk: WebDesk, bodies: list[str]) -> list[str]:
    """What is wrong with a page on which all of them stand."""
    address = f"{desk.base}/inbox/unassigned/t/{ticket_with(desk, bodies)}/?all"
    seen.page.goto(address)
    seen.page.evaluate(LOAD_ALL)
    seen.page.wait_for_timeout(400)  # refreshes and timers of theirs would have come by now
    wrong: list[str] = seen.page.evaluate(OUTSIDE, TALLEST)
    number = seen.page.locator(".mail-frame").count()
    return wrong + ([] if number == len(bodies) else [f"{number} frames"]) + ([] if seen.page.url == address else [seen.page.url])


def test_what_a_mail_paints_stays_within_its_card(browser: Browser, web_desk: WebDesk, trap: Trap) -> None:
    """H-099: every pixel around the conversation is the same with the hostile bodies as with harmless ones."""
    hostile = [body.replace("EVIL", trap.base) for body in ESCAPES]
    tickets = [ticket_with(web_desk, bodies) for bodies in (["<p>harmless</p>"] * len(hostile), hostile)]
    painted = []
    with visit(browser, web_desk.base) as seen:
        signed_in(seen, web_desk, "cleo")
        for ticket_id in tickets:
            seen.page.goto(f"{web_desk.base}/inbox/closed/t/{ticket_id}/?all")
            seen.page.evaluate(LOAD_ALL)
            seen.page.wait_for_timeout(300)
            painted.append([seen.page.locator(place).screenshot(animations="disabled") for place in ("#rows", "#views", "#sidebar")])
    assert painted[0] == painted[1]


@pytest.mark.parametrize("sheet", ["a phone", "paper"])
def test_nothing_of_them_leaves_its_frame_on_a_phone_or_on_paper(browser: Browser, web_desk: WebDesk, trap: Trap, sheet: str) -> None:
    """H-110: the same walls at 390 pixels and in print, where the conversation flows over the sheets and nothing can be pressed."""
    bodies = [*hostile_bodies(30, trap.base), *(body.replace("EVIL", trap.base) for body in ESCAPES)]
    trap.calls.clear()
    with visit(browser, web_desk.base, viewport={"width": 390, "height": 844} if sheet == "a phone" else {"width": 794, "height": 1123}) as seen:
        signed_in(seen, web_desk, "cleo")
        harm = watch(seen.page)
        wrong = look_at(seen, web_desk, bodies)
        if sheet == "paper":
            assert wrong == []
            seen.page.emulate_media(media="print")
            assert seen.page.locator(":is(.sidebar, .list, .composer, .head-acts, .skip, .card-menu):visible").count() == 0
            assert seen.page.locator("#thread .card:visible").count() == len(bodies)
            wrong = seen.page.evaluate(OUTSIDE, TALLEST)
            assert wrong.pop(0) == "the page has grown", "all of it is printed, not the first screen"
        assert wrong == []
    assert trap.calls == [] and harm == Harm()


# How a mail lies in its card, and what is told of its sender above it.
FRAMED = """frame => {
    const style = getComputedStyle(frame), card = frame.closest('.card');
    return { edge: style.outlineStyle, width: parseFloat(style.outlineWidth), colour: style.outlineColor, paper: style.backgroundColor,
             head: card.querySelector('.card-head').getBoundingClientRect().bottom <= frame.getBoundingClientRect().top, who: card.querySelector('.card-who').innerText };
}"""
LEADS_TO = "link => getComputedStyle(link, '::after').content"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_mail_that_looks_like_the_desk_has_an_edge_a_sender_and_links_that_say_where_they_lead(browser: Browser, web_desk: WebDesk, theme: str) -> None:
    """H-100: outside the mail's reach stand its edge and who wrote it; a link shows its own address under the pointer."""
    fake = '<h2>Your session has expired</h2><p><a href="https://evil.example/signin" title="https://desk.example.com">https://desk.example.com/signin</a></p>'
    with visit(browser, web_desk.base, color_scheme=theme) as seen:
        signed_in(seen, web_desk, "cleo")
        seen.page.goto(f"{web_desk.base}/inbox/unassigned/t/{ticket_with(web_desk, [cleaned(fake)])}/")
        framed = seen.page.locator(".mail-frame").evaluate(FRAMED)
        assert framed["edge"] == "solid" and framed["width"] >= 1 and framed["head"]
        assert framed["colour"] not in ("rgba(0, 0, 0, 0)", framed["paper"] if theme == "light" else "")
        assert "eve@elsewhere.example" in framed["who"]
        link = seen.page.frame_locator(".mail-frame").get_by_role("link")
        assert link.evaluate(LEADS_TO) == "none"
        link.hover()
        assert link.evaluate(LEADS_TO) == '"https://evil.example/signin"'


def test_the_same_bodies_run_and_call_where_there_are_no_walls(browser: Browser, trap: Trap) -> None:
    """The policy switched off: no sandbox, no Content-Security-Policy, no cleaner."""
    bodies = hostile_bodies(len(PAYLOADS) + 40, trap.base)
    trap.calls.clear()
    page = browser.new_page()
    harm = watch(page)
    page.goto(trap.base)
    page.evaluate(
        """(bodies) => { for (const body of bodies) {
            const frame = document.createElement('iframe');
            frame.srcdoc = body;
            document.body.append(frame);
        } }""",
        bodies,
    )
    for _ in range(600):  # as long as it takes on a busy machine
        page.wait_for_timeout(100)
        called = {int(number) for path in trap.calls if (number := path.split("/")[1]).isdecimal()}
        if len(harm.dialogs) >= RAN and len(called) >= CALLED:
            break
    page.close()
    assert len(harm.dialogs) >= RAN
    assert len(called) >= CALLED
