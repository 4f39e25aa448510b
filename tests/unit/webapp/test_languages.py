"""Every word that reaches a person can be said in every language, and lines may begin on either side."""

import re
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Message

from tests.sources import ROOT
from webapp.languages import OFFERED, direction
from webapp.languages.catalogues import catalogue
from webapp.languages.extract import files, messages, strings

OTHERS = [code for code in OFFERED if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
PAGES = sorted((ROOT / "templates" / "pages").glob("*.html"))
IN_ENGLISH_ON_PURPOSE = {"api_docs.html"}  # for programmers, as the API's own answers are
JINJA = re.compile(
    r"\{% block body_class %\}.*?\{% endblock %\}|\{% macro post.*?endmacro %\}|\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.S
)
NO_WORDS = re.compile(r"<(script|style|code|kbd)\b.*?</\1>|<[^>]*>|&\w+;", re.S)
SAID_BY_ATTRIBUTES = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*[A-Za-z]{2,}[^"]*)"')
NAMES = {"Postroom", "Google", "SHA", "TXT", "MB"}
PHYSICAL = re.compile(r"(?<![\w-])(?:(?:margin|padding|border)-)?(?:left|right)(?:-\w+)?\s*:|(?:text-align|float|clear): (?:left|right)")


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_everything_that_the_sources_say(language: str) -> None:
    known = catalogue(language)
    missing = [message.id for message in messages() if message.id and not has_words(known.get(first(message)))]
    assert missing == [], "run `python -m webapp.languages.extract`, then fill in what is empty"


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_nothing_that_the_sources_do_not(language: str) -> None:
    said = {first(message) for message in messages()}
    assert [message.id for message in catalogue(language) if message.id and first(message) not in said] == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_is_filled_in_by_every_language(language: str) -> None:
    wrong = [message.id for message in catalogue(language) if message.id and not fills_in_the_same(message)]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_words_that_cannot_be_translated(page: Path) -> None:
    if page.name in IN_ENGLISH_ON_PURPOSE:
        pytest.skip("it is for programmers, and in English as the API is")
    bare = JINJA.sub("", page.read_text(encoding="utf-8"))
    words = re.findall(r"[A-Za-z]{2,}", NO_WORDS.sub(" ", bare))
    words += [word for said in SAID_BY_ATTRIBUTES.findall(bare) for word in re.findall(r"[A-Za-z]{2,}", said) if not re.search("@|://", said)]
    assert [word for word in words if word not in NAMES] == []


def test_what_a_template_translates_stands_in_it_as_a_literal() -> None:
    """What `_()` gets is markup and a format: nothing that somebody wrote may come there."""
    loose = [
        f"{page.name}: {call}"
        for page in PAGES
        for call in re.findall(r"(?<![\w|])_\((?!['\"])[^)]*\)", page.read_text(encoding="utf-8"))
    ]
    assert loose == []


def test_every_kind_of_source_is_read() -> None:
    assert {path.suffix for path, _method, _options in files()} == {".py", ".html", ".js"}


@pytest.mark.parametrize(("code", "begins"), [("en", "ltr"), ("de", "ltr"), ("ar", "rtl"), ("he", "rtl")])
def test_lines_begin_where_the_language_begins_them(code: str, begins: str) -> None:
    assert direction(Locale(code)) == begins


@pytest.mark.parametrize("sheet", sorted((ROOT / "webapp/frontend/styles").glob("*.css")), ids=lambda sheet: sheet.name)
def test_no_style_knows_left_from_right(sheet: Path) -> None:
    assert PHYSICAL.findall(re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)) == []


def first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def fills_in_the_same(message: Message) -> bool:
    """The words for one may leave the number out; all others fill in what the source does."""
    asked, said = ([set(PLACEHOLDER.findall(text)) for text in strings(words)] for words in (message.id, message.string))
    return said[-1] == asked[-1] and all(each <= asked[-1] for each in said)


def has_words(message: Message | None) -> bool:
    return message is not None and all(strings(message.string))
