"""What browser tests ask for: a running web desk, windows, and people who are signed in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from postroom.services import Services
from tests import example_desk
from tests.end_to_end.inbox_pages import InboxPage, SignInPage
from tests.end_to_end.web_desk import Visit, WebDesk, running_web, visit
from tests.services import new_database


@pytest.fixture(scope="session")
def web_desk(
    services: Services, template_database: str, _session_redis: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebDesk]:
    """One desk for all browser tests: each brings the ticket it works on."""
    data: Path = tmp_path_factory.mktemp("web-desk")
    with (
        new_database(services.database_url, template_database) as url,
        running_web(url, _session_redis, data, UNDO_SECONDS="60") as desk,
    ):
        yield desk


@pytest.fixture
def window(browser: Browser, web_desk: WebDesk) -> Iterator[Visit]:
    """A window nobody is signed in to. It may not complain, nor ask for anything from elsewhere."""
    with visit(browser, web_desk.base) as seen:
        yield seen
        assert seen.complaints == []
        assert seen.foreign == []


@pytest.fixture
def inbox(window: Visit, web_desk: WebDesk) -> InboxPage:
    """Ada at her inbox."""
    return signed_in(window, web_desk, "ada")


@pytest.fixture
def colleague(browser: Browser, web_desk: WebDesk) -> Iterator[Callable[[str], InboxPage]]:
    """Somebody else in a window of their own: `colleague('ben')`."""
    open_windows = []

    def enter(name: str) -> InboxPage:
        opened = visit(browser, web_desk.base)
        open_windows.append(opened)
        return signed_in(opened.__enter__(), web_desk, name)

    yield enter
    for opened in open_windows:
        opened.__exit__(None, None, None)


def signed_in(seen: Visit, desk: WebDesk, name: str) -> InboxPage:
    SignInPage(seen.page, desk.base).open().sign_in(name, example_desk.PASSWORD)
    seen.page.wait_for_url(f"{desk.base}/inbox/mine/")
    inbox = InboxPage(seen.page, desk.base)
    inbox.wait_until_live()
    return inbox
