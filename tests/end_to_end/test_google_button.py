"""Signing in through the Google button in a real browser: our page, Google's (a twin), and the script that hands the token in."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from models.database import db
from models.people import User
from postroom.services import Services
from tests.end_to_end.web_desk import WebDesk, running_web
from tests.google import CLIENT, Google, a_google
from tests.services import new_database

SUBJECT = "110169484474386276334"


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    with a_google() as found:
        yield found


@pytest.fixture(scope="module")
def desk(
    google: Google, services: Services, template_database: str, _session_redis: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebDesk]:
    data: Path = tmp_path_factory.mktemp("google-desk")
    settings = {"GOOGLE_CLIENT_ID": CLIENT, "GOOGLE_JWKS_URL": google.jwks_url}
    with new_database(services.database_url, template_database) as url, running_web(url, _session_redis, data, **settings) as desk:
        with desk.app.app_context():
            db.session.execute(db.update(User).where(User.id == desk.cast.ada).values(google_subject=SUBJECT))
            db.session.commit()
        yield desk


def visit_google(page: Page, desk: WebDesk, google: Google) -> dict[str, list[str]]:
    """Answer for Google: whoever comes is sent back with a token behind the `#`. What was asked is filled in as he comes."""
    asked: dict[str, list[str]] = {}

    def answer(route: Route) -> None:
        asked.update(parse_qs(urlsplit(route.request.url).query))
        token = google.token(nonce=asked["nonce"][0], sub=SUBJECT)
        way_back = urlsplit(asked["redirect_uri"][0]).path  # the desk of these tests has a port that its BASE_URL does not know
        route.fulfill(status=302, headers={"Location": f"{desk.base}{way_back}#id_token={token}"})

    page.route("https://accounts.google.com/**", answer)
    return asked


def test_the_button_signs_in_whoever_google_vouches_for_and_the_token_stays_nowhere(browser: Browser, desk: WebDesk, google: Google) -> None:
    page = browser.new_page()
    asked = visit_google(page, desk, google)
    page.goto(f"{desk.base}/signin")
    page.get_by_role("link", name="Google").click()
    page.wait_for_url("**/inbox/**")
    assert (asked["client_id"], asked["response_type"]) == ([CLIENT], ["id_token"])
    assert urlsplit(asked["redirect_uri"][0]).path == "/signin/google/"
    assert "id_token" not in page.evaluate("JSON.stringify([location.href, history.state, ...Object.values(localStorage)])")
    page.close()


def test_a_token_that_began_elsewhere_signs_nobody_in(browser: Browser, desk: WebDesk, google: Google) -> None:
    """Login CSRF: somebody else's good token behind a link of his (H-131, H-135)."""
    page = browser.new_page()
    page.goto(f"{desk.base}/signin/google/#id_token={google.token(sub=SUBJECT, nonce='anothers')}")
    expect(page).not_to_have_url(f"{desk.base}/inbox/")
    page.goto(f"{desk.base}/inbox/")
    expect(page.get_by_label("Password")).to_be_visible()
    page.close()
