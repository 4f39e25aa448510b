"""What a conversation shows of one message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.message import Attachment
from webapp.inbox.cards import chip_of, pieces_of, sentence, size_in_words, spans_of


def texts(body: str, folds: list[list[object]]) -> list[tuple[str, str]]:
    return [("".join(span.text for span in piece.spans), piece.fold) for piece in pieces_of(body, folds)]


def test_a_quote_and_a_signature_are_folded_each_by_itself() -> None:
    body = "Yes.\n\n> No?\n\n-- \nDora"
    folds = [[6, 11, "quote"], [13, 21, "signature"]]
    assert texts(body, folds) == [("Yes.", ""), ("> No?", "earlier messages"), ("-- \nDora", "signature")]


@pytest.mark.parametrize(
    "folds", [[[4, 2, "quote"]], [[0, 99, "quote"]], [["a", 1, "quote"]], [[1]], [[-3, 2, "quote"]]]
)
def test_folds_that_do_not_fit_hide_nothing(folds: list[list[object]]) -> None:
    assert texts("Hello", folds) == [("Hello", "")]


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), st.just("quote")), max_size=4),
)
def test_no_word_is_lost_whatever_the_folds(body: str, folds: list[tuple[int, int, str]]) -> None:
    shown = "".join(text for text, _ in texts(body, [list(fold) for fold in folds]))
    assert "".join(shown.split()) == "".join(body.split())


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.net/a?b=c.", ["https://example.net/a?b=c"]),
        ("(http://example.net/x)", ["http://example.net/x"]),
        ("javascript:alert(1) data:text/html,x vbscript:x", []),
        ('https://example.net/"onmouseover="x', ["https://example.net/"]),
        ("https://a.example and https://b.example", ["https://a.example", "https://b.example"]),
        ("no address here", []),
    ],
)
def test_only_web_addresses_become_links(text: str, links: list[str]) -> None:
    spans = list(spans_of(text))
    assert [span.link for span in spans if span.link] == links
    assert "".join(span.text for span in spans) == text


@given(st.text(max_size=200))
def test_linking_loses_no_letter(text: str) -> None:
    assert "".join(span.text for span in spans_of(text)) == text


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 KB"), (14_400, "14 KB"), (2_340_000, "2.3 MB")],
)
def test_sizes_are_said_in_words(size: int, words: str) -> None:
    assert size_in_words(size) == words


@pytest.mark.parametrize(
    ("name", "kind"), [("a.PDF", "pdf"), ("README", "file"), (".htaccess", "file"), ("x.ta r", "file")]
)
def test_a_file_shows_its_ending(name: str, kind: str) -> None:
    file = Attachment(id=1, filename=name, content_type="application/octet-stream", size=1)
    assert chip_of(file).kind == kind


def test_a_reason_reads_as_a_sentence() -> None:
    assert sentence("the sender does not take part") == "The sender does not take part."
    assert sentence("It is automatic.") == "It is automatic."
    assert sentence("") == ""
