"""clean_text by example; its laws are in tests/properties."""

import pytest

from models.text import clean_text


@pytest.mark.parametrize(
    "value, clean",
    [
        ("a\x00b", "ab"),
        ("a\ud800b", "ab"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("e\u0301", "é"),
        ("a\x85\x9f\x7fb", "ab"),
        ("\x1b[31mred", "[31mred"),
        ("日本\u3000語", "日本\u3000語"),
    ],
)
def test_it_keeps_words_and_drops_what_no_database_takes(value: str, clean: str) -> None:
    assert clean_text(value, 100) == clean


def test_it_cuts_before_a_letter_that_would_lose_its_marks() -> None:
    assert clean_text("abx\u0327\u0332", 4) == "ab"


def test_it_leaves_eight_marks_on_a_letter() -> None:
    assert len(clean_text("z" + "\u0332" * 500, 1_000)) == 9
