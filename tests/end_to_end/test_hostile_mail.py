"""A hostile mail as a reader meets it: a subject, names and words that are markup, frames that load as they are scrolled to.

What its body may hold is tried by the hundred in test_hostile_bodies; here a few of them go past the cleaner into the
conversation, the list and a frame that is opened by itself (mail-safety §3.F).
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from models.actions.messages import Received, receive_message
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE
from models.database import db
from models.mailbox import Mailbox
from tests.end_to_end.conftest import signed_in
from tests.end_to_end.web_desk import WebDesk, visit
from tests.hostile_html import with_number
from tests.hosts import Answering, host_of
from tests.waiting import wait_until

IMAGE_THAT_RUNS, IMAGE_THAT_CALLS = '<img src=x onerror="PWN">', "<img src=EVIL/img.png>"
BODIES = (
    "<script>PWN</script>",
    IMAGE_THAT_RUNS,
    IMAGE_THAT_CALLS,
    "<form action=EVIL/form><button autofocus>Session expired: sign in</button></form>",
    "<meta http-equiv=refresh content='0;url=EVIL/refresh'><p>x</p>",
    "<div style='position:fixed;inset:0;z-index:99999;background:red'>over everything</div>",
)


class Evil(Answering):
    """A host that writes down whoever calls."""

    calls: list[str] = []

    def do_GET(self) -> None:
        self.calls.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_GET


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with host_of(Evil) as base:
        yield base


@pytest.fixture
def evil(host: str) -> str:
    """The host, which nobody has called yet."""
    Evil.calls.clear()
    return host


def bodies_for(evil: str) -> list[str]:
    return [with_number(body, number, evil) for number, body in enumerate(BODIES)]


def hostile_ticket(desk: WebDesk, bodies: list[str]) -> int:
    with desk.app.app_context():
        eve = customer_for("eve@elsewhere.example", "<img src=x onerror=top.__pwn=1>")
        mailbox = db.session.scalars(select(Mailbox.id)).first()
        ticket = open_ticket(mailbox, eve, "eve@elsewhere.example", "<script>top.__pwn=1</script>", "x", MAIL_GATE)
        for body in bodies:
            words, name = "<b onmouseover=top.__pwn=1>text</b>", "</title><script>"
            receive_message(ticket.id, Received(words, eve.id, name, "eve@elsewhere.example", body_html=body), MAIL_GATE)
        db.session.commit()
        return ticket.id


def test_nothing_of_a_hostile_mail_runs_or_is_fetched_wherever_it_is_shown(browser: Browser, web_desk: WebDesk, evil: str) -> None:
    ticket_id = hostile_ticket(web_desk, bodies_for(evil))
    dialogs: list[str] = []
    with visit(browser, web_desk.base) as seen:
        signed_in(seen, web_desk, "cleo")
        seen.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        seen.page.goto(f"{web_desk.base}/inbox/unassigned/t/{ticket_id}/?all")
        look_at_every_frame(seen.page)
        assert seen.page.evaluate("window.__pwn") is None
        assert seen.page.url.endswith("?all")
        expect(seen.page.locator("#subject")).to_have_text("<script>top.__pwn=1</script>")
        seen.page.goto(f"{web_desk.base}/inbox/unassigned/")
        assert seen.page.evaluate("window.__pwn") is None
    assert dialogs == []
    assert Evil.calls == []


def look_at_every_frame(page: Page) -> None:
    """Scroll to each, as they load only when they are seen, and wait until it has: one that did not load proves nothing."""
    frames = page.locator(".mail-frame")
    expect(frames).to_have_count(len(BODIES))
    for index in range(len(BODIES)):
        frames.nth(index).scroll_into_view_if_needed()
        expect(frames.nth(index).content_frame.locator(".mail")).to_be_attached()
    page.wait_for_timeout(1000)  # refreshes and timers of theirs would have come by now


def test_the_trap_would_be_noticed(browser: Browser, evil: str) -> None:
    """The same bodies in an open page do run and do fetch: so the test above can fail."""
    page = browser.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto(evil)
    page.set_content(with_number(IMAGE_THAT_RUNS + IMAGE_THAT_CALLS, 7, evil))
    page.wait_for_function("window.__pwn === 7")
    wait_until(lambda: {"/7/ran", "/7/img.png"} <= set(Evil.calls))
    page.close()


def test_a_frame_stands_alone_with_the_same_walls(browser: Browser, web_desk: WebDesk, evil: str) -> None:
    """Opened by itself, the document is still sandboxed: the header says so, not only the page around it."""
    ticket_id = hostile_ticket(web_desk, [f"<script>document.title='ran'</script><img src={evil}/alone.png><p>here</p>"])
    with visit(browser, web_desk.base) as seen:
        signed_in(seen, web_desk, "cleo")
        seen.page.goto(f"{web_desk.base}/inbox/unassigned/t/{ticket_id}/")
        source = seen.page.locator(".mail-frame").first.get_attribute("src")
        seen.page.goto(web_desk.base + source)
        expect(seen.page.get_by_text("here")).to_be_visible()
        assert seen.page.title() == "Mail"
    assert Evil.calls == []
