"""The first minute of a newcomer: both sides of the desk, with the desk's own processes and real SMTP."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.inbox_pages import InboxPage, SignInPage
from tests.end_to_end.web_desk import visit
from tests.processes import RunningPostroom


@pytest.fixture
def desk(postroom: Callable[..., RunningPostroom]) -> RunningPostroom:
    running = postroom("up", "--demo", UNDO_SECONDS="0")
    running.wait_for("Postroom is ready")
    return running


def test_a_newcomer_plays_both_sides_in_the_first_minute(browser: Browser, desk: RunningPostroom) -> None:
    with visit(browser, desk.http_url) as dora, visit(browser, desk.http_url) as ada:
        dora.page.goto(f"{desk.http_url}/signin")
        dora.page.get_by_role("link", name="Or be the customer").click()
        dora.page.get_by_label("Subject").fill("The kettle hums")
        dora.page.get_by_label("Mail", exact=True).fill("Is that how it should be?")
        dora.page.get_by_role("button", name="Send").click()
        expect(dora.page.get_by_role("status")).to_contain_text("the gate answered 250")

        SignInPage(ada.page, desk.http_url).open().sign_in("ada", "ada-answers")
        ada.page.wait_for_url(re.compile("/inbox/"))
        inbox = InboxPage(ada.page, desk.http_url).open_view("open")
        expect(inbox.row("The kettle hums")).to_be_visible()
        inbox.ticket("The kettle hums").reply("Only when it is full.")

        letter = dora.page.locator("#demo-mailbox .card", has_text="Only when it is full.")
        expect(letter).to_be_visible()
        letter.get_by_text("Reply").click()
        letter.get_by_label("Your answer").fill("It is not.")
        letter.get_by_role("button", name="Send").click()
        expect(ada.page.locator("#thread")).to_contain_text("It is not.")
        assert dora.complaints == ada.complaints == []
        assert dora.foreign == ada.foreign == []
    assert "Traceback" not in desk.log()
    after_it = desk.log().partition("Postroom is ready")[2].splitlines()[1:]
    assert [line for line in after_it if " | " not in line] == [], "the demo's tickets come without a word, so that the ready line stays in sight"
