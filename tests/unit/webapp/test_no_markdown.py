"""Markdown is written by people who mean Markdown; a mail is text or HTML, and nothing here turns the one into the other."""

import json

import pytest

from models.rich_text import html_of, text_of_html
from tests.sources import ROOT, program

PARSERS = {"markdown", "markdown2", "mistune", "commonmark", "markdown_it", "marko", "mdx", "CommonMark", "cmarkgfm", "pypandoc", "docutils"}
IN_THE_BROWSER = {"marked", "markdown-it", "showdown", "remarkable", "micromark", "snarkdown", "commonmark"}


def test_nothing_renders_markdown() -> None:
    """H-111: no parser is among our imports, nor among what the browser is sent."""
    assert [source.where for source in program() for each in source.imports() if each.top in PARSERS] == []
    package = json.loads((ROOT / "package.json").read_text())
    assert not IN_THE_BROWSER & {*package["dependencies"], *package["devDependencies"]}


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "![x](http://e.example/p.gif)",
        "[x][1]\n\n[1]: javascript:alert(1)",
        "<javascript:alert(1)>",
        "<img src=x onerror=alert(1)>",
        "**bold** _it_ `code`",
        "[" * 100_000,
        "> " * 10_000,
    ],
)
def test_what_looks_like_markdown_stays_the_words_it_is(text: str) -> None:
    """H-111: as the composer takes up a plain text, in linear time; the pages show texts as Jinja escapes them."""
    shown = html_of(text)
    assert "<a" not in shown and "<img" not in shown and "<b>" not in shown and "<code" not in shown
    assert text_of_html(shown).split() == text.split()
