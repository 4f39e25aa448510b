"""A conversation in a real browser: pictures from elsewhere, a long thread in parts, a message looked at in other ways."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from models.actions.messages import Received, receive_message
from models.actions.people import customer_for
from models.actor import MAIL_GATE
from models.database import db
from models.markup import clean_html
from postroom.services import Services
from tests.end_to_end.conftest import signed_in
from tests.end_to_end.inbox_pages import InboxPage
from tests.end_to_end.web_desk import Visit, WebDesk, running_web, visit
from tests.picture_host import PictureHost, picture_host
from tests.services import new_database


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host() as running:
        yield running


@pytest.fixture(scope="module")
def desk(services: Services, template_database: str, _session_redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDesk]:
    """A desk that may fetch from this machine, where the pictures of these tests lie."""
    data: Path = tmp_path_factory.mktemp("conversation")
    with (
        new_database(services.database_url, template_database) as url,
        running_web(url, _session_redis, data, PICTURE_PRIVATE_ADDRESSES="true") as running,
    ):
        yield running


@pytest.fixture
def ada(browser: Browser, desk: WebDesk) -> Iterator[tuple[Visit, InboxPage]]:
    with visit(browser, desk.base) as seen:
        yield seen, signed_in(seen, desk, "ada")
        assert seen.foreign == [], "the browser itself never asks anybody but the desk"


def letter(desk: WebDesk, host: PictureHost, subject: str) -> int:
    html = (
        f'<p>Look:</p><p><img src="{host.base}/damage.png" alt="The damage"></p>'
        f'<img src="{host.base}/spy.png" width="1" height="1"><div style="background:url({host.base}/css.png)">x</div>'
    )
    return desk.mail(subject, "see the pictures", assigned_to=desk.cast.ada, html=clean_html(html).html)


def of_the_mail(seen: Visit) -> FrameLocator:
    return seen.page.frame_locator(".mail-frame")


def test_pictures_come_after_a_click_and_only_by_way_of_the_desk(ada: tuple[Visit, InboxPage], desk: WebDesk, host: PictureHost) -> None:
    """H-098: no request before the click; after it the desk alone calls, once, without a word about the reader."""
    seen, inbox = ada
    host.calls.clear()
    inbox.open_ticket("mine", letter(desk, host, "Pictures"))
    picture = of_the_mail(seen).get_by_alt_text("The damage")
    expect(picture).to_be_visible()
    seen.page.wait_for_timeout(300)
    assert host.calls == []
    seen.page.get_by_role("button", name="Show").click()
    expect(picture).to_have_js_property("naturalWidth", 2)
    assert [path for path, _ in host.calls] == ["/damage.png"]
    sent = host.calls[0][1]
    assert "Cookie" not in sent and "Referer" not in sent and sent["User-Agent"] == "Postroom-Pictures"
    desk_alone = seen.page.locator(".mail-frame").evaluate("frame => [...frame.contentDocument.images].map(image => new URL(image.src).origin)")
    assert desk_alone == [desk.base], "the spy is not even asked for"


def test_pictures_come_without_a_script_as_well(browser: Browser, desk: WebDesk, host: PictureHost) -> None:
    ticket_id = letter(desk, host, "Pictures without a script")
    with visit(browser, desk.base, java_script_enabled=False) as seen:
        seen.page.goto(f"{desk.base}/signin")
        seen.page.get_by_label("User name or e-mail address").fill("ada")
        seen.page.get_by_label("Password").fill("correct horse battery")
        seen.page.get_by_role("button", name="Sign in").click()
        seen.page.goto(f"{desk.base}/inbox/mine/t/{ticket_id}/")
        with seen.page.expect_response(lambda answer: "/pictures/0/" in answer.url) as loaded:
            seen.page.get_by_role("button", name="Show").click()
        assert loaded.value.status == 200
        assert seen.foreign == []


@pytest.mark.parametrize(
    ("html", "tall"),
    [("<p>Thanks!</p>", "height < 60"), (f'<table align="left"><tr><td>{"Thanks!<br>" * 20}</td></tr></table>', "height > 300 && height < 700")],
    ids=["a line", "a table at the side"],
)
def test_a_frame_is_as_tall_as_its_mail(ada: tuple[Visit, InboxPage], desk: WebDesk, html: str, tall: str) -> None:
    seen, inbox = ada
    inbox.open_ticket("mine", desk.mail("Thanks", "Thanks!", assigned_to=desk.cast.ada, html=clean_html(html).html))
    of_the_mail(seen).get_by_text("Thanks!").wait_for()
    seen.page.wait_for_function(f"() => {{ const height = document.querySelector('.mail-frame').offsetHeight; return {tall}; }}", timeout=30_000)


def test_a_long_thread_unfolds_in_parts_stays_so_and_a_link_leads_into_it(ada: tuple[Visit, InboxPage], desk: WebDesk) -> None:
    seen, inbox = ada
    ticket_id = desk.mail("A long talk", "Line 0", assigned_to=desk.cast.ada)
    with desk.app.app_context():
        dora = customer_for("dora@example.net", "Dora Winter")
        numbers = [receive_message(ticket_id, Received(f"Line {n} of it", dora.id, "Dora Winter", "dora@example.net"), MAIL_GATE).id for n in range(1, 60)]
        db.session.commit()
    pane = inbox.open_ticket("mine", ticket_id)
    cards = seen.page.locator("#thread .card")
    expect(cards).to_have_count(12)
    seen.page.get_by_role("link", name="The last 25").click()
    expect(cards).to_have_count(37)
    desk.answer(ticket_id, "One more line")
    expect(pane.card("One more line")).to_be_visible()
    expect(cards).to_have_count(38)
    seen.page.get_by_role("link", name="All of them").click()
    expect(cards).to_have_count(61)
    seen.page.goto(f"{desk.base}/inbox/mine/t/{ticket_id}/?m={numbers[29]}#m-{numbers[29]}")
    expect(seen.page.locator(f"#m-{numbers[29]}")).to_be_in_viewport()
    expect(cards).to_have_count(19)


def test_a_message_is_looked_at_in_a_drawer(ada: tuple[Visit, InboxPage], desk: WebDesk, host: PictureHost) -> None:
    seen, inbox = ada
    inbox.open_ticket("mine", letter(desk, host, "A drawer"))
    seen.page.get_by_label("More about the message of Dora Winter").click()
    seen.page.locator(".card-menu").get_by_role("link", name="HTML").click()
    drawer = seen.page.get_by_role("dialog")
    expect(drawer.locator("pre")).to_contain_text("<p>Look:</p>")
    drawer.get_by_role("link", name="Plain text").click()
    expect(drawer.locator("pre")).to_have_text("see the pictures")
    drawer.get_by_role("link", name="Headers").click()
    expect(drawer).to_contain_text("did not come by mail")
    inbox.press("Escape")
    expect(drawer).to_be_hidden()


def test_somebody_is_added_in_the_panel_and_taken_off_again(ada: tuple[Visit, InboxPage], desk: WebDesk) -> None:
    seen, inbox = ada
    inbox.open_ticket("mine", desk.mail("Who else", "x", assigned_to=desk.cast.ada))
    panel = seen.page.locator("#person")
    panel.get_by_text("Add somebody").click()
    panel.locator("input[name=address]").fill("friend@example.org")
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel.get_by_text("friend@example.org")).to_be_visible()
    panel.get_by_role("button", name="Take friend@example.org off this ticket").click()
    expect(panel.get_by_text("friend@example.org")).to_be_hidden()
    panel.get_by_text("Add a note").click()
    panel.locator("textarea[name=note]").fill("Calls at noon")
    panel.get_by_role("button", name="Add note").click()
    expect(panel.locator(".person-note-words")).to_have_text("Calls at noon")
