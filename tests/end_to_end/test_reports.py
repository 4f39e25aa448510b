"""The reports page while it is looked at: its figures change by themselves."""

from playwright.sync_api import expect

from tests.end_to_end.conftest import signed_in
from tests.end_to_end.web_desk import Visit, WebDesk


def test_a_figure_changes_by_itself_when_a_mail_has_opened_a_ticket(window: Visit, web_desk: WebDesk) -> None:
    signed_in(window, web_desk, "cleo")
    page = window.page
    page.goto(f"{web_desk.base}/reports/?days=7")
    opened, backlog = (page.locator(f"#figure-{name} .report-value") for name in ("created", "backlog"))
    before = int(opened.inner_text()), int(backlog.inner_text())
    explained = page.locator("#figure-created summary")
    explained.click()
    page.evaluate("window.isTheSamePage = true")

    web_desk.mail("One more for the figures", "It is counted.")

    expect(opened).to_have_text(str(before[0] + 1), timeout=30_000)
    expect(backlog).to_have_text(str(before[1] + 1))
    expect(page.locator("#figure-created details")).to_have_attribute("open", "")
    expect(explained).to_be_focused()
    expect(page.locator(".chart canvas")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")
