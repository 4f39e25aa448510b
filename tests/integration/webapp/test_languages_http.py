"""The reader's language: as chosen, else as the browser asks; and the shortcuts each keeps."""

import pytest

from tests.cast import DORA, mail_from
from tests.integration.webapp.conftest import WebDesk
from tests.web import Answer, BrowserTab

GERMAN = {"Accept_Language": "de-CH,de;q=0.9,en;q=0.5"}


def language_of(page: str) -> str:
    return page.partition('<html lang="')[2].partition('"')[0]


def test_a_stranger_is_answered_as_the_browser_asks(desk: WebDesk) -> None:
    german = desk.tab().get("/signin", **GERMAN)
    assert language_of(german.body) == "de"
    assert "Anmelden" in german.body and "Passwort vergessen?" in german.body
    other = desk.tab().get("/signin", **{"Accept_Language": "eo,pt;q=0.5"})
    assert language_of(other.body) == "en"


def test_what_somebody_has_chosen_counts_more_than_the_browser(desk: WebDesk) -> None:
    ada = desk.tab("ada")
    assert ada.post("/account/language/", {"language": "de"}).status == 303
    page = ada.get("/inbox/mine/", **{"Accept_Language": "en"})
    assert language_of(page.body) == "de"
    assert "Mir zugewiesen" in page.body and 'id="words"' in page.body
    ada.post("/account/language/", {"language": ""})
    assert language_of(ada.get("/inbox/mine/", **{"Accept_Language": "en"}).body) == "en"


def test_an_english_page_carries_no_other_words(desk: WebDesk) -> None:
    assert 'id="words"' not in desk.tab("ada").get("/inbox/mine/").body


def test_a_language_nobody_offers_is_refused(desk: WebDesk) -> None:
    assert desk.tab("ada").post("/account/language/", {"language": "xx"}).status == 422


def test_a_refusal_is_said_in_the_readers_language(desk: WebDesk) -> None:
    page = desk.tab("ada").get("/inbox/mine/t/999999/", **GERMAN)
    assert page.status == 404
    assert "Nicht gefunden" in page.body and "dieses ticket gibt es nicht" in page.body.lower()


def test_the_api_stays_english_for_programs(desk: WebDesk) -> None:
    answer = desk.tab("ada").get("/api/tickets/999999/", **GERMAN)
    assert answer.json["title"] == "Not found"


@pytest.mark.parametrize(
    "sent", ['{"Next Ticket": ["j"]}', '{"next": "j"}', '{"next": ["a b c d"]}', '{"next": [""]}', '{"next": ["\\u0000"]}', "[]", "nonsense", '{"next": [1]}']
)
def test_only_shortcuts_are_kept_as_shortcuts(desk: WebDesk, sent: str) -> None:
    assert puts(desk.tab("ada"), sent).status == 422


def test_shortcuts_are_kept_with_their_person(desk: WebDesk) -> None:
    ada = desk.tab("ada")
    assert puts(ada, '{"next": ["n"], "note": []}').status == 204
    assert '<script type="application/json" id="shortcuts">{"next": ["n"], "note": []}</script>' in ada.get("/inbox/mine/").body
    assert 'id="shortcuts"' not in desk.tab("ben").get("/inbox/mine/").body
    assert puts(ada, "{}").status == 204
    assert 'id="shortcuts"' not in ada.get("/inbox/mine/").body


def test_the_palette_finds_what_its_reader_may_see(desk: WebDesk) -> None:
    def kinds(name: str, words: str) -> list[str]:
        return [each["kind"] for each in desk.tab(name).get(f"/palette/?q={words}").json["entries"]]

    desk.takes_in(mail_from(DORA, subject="Where is my parcel?"))
    assert kinds("cleo", "parcel") == ["Ticket"]
    assert kinds("ada", "parcel") == []  # it is not hers
    assert kinds("cleo", "ben") == ["Person"]
    assert kinds("ada", "ben") == []
    assert kinds("cleo", "") == []


def puts(tab: BrowserTab, body: str) -> Answer:
    headers = {"Content-Type": "application/json", "X-CSRF-TOKEN": tab.csrf, "Accept": "application/json"}
    return tab.asks("PUT", "/account/shortcuts/", {"body": body}, headers)
