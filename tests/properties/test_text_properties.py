"""clean_text over any string: a fixpoint, within its limit, fit for Postgres."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from models.text import clean_text, is_clean

ANY_TEXT = st.text(st.characters(), max_size=200) | st.text(
    st.sampled_from("a\u0301\u0327\u0958\r\n\x00\ud800é"), max_size=60
)


@given(ANY_TEXT, st.integers(0, 250))
def test_cleaning_twice_changes_nothing(value: str, limit: int) -> None:
    once = clean_text(value, limit)
    assert clean_text(once, limit) == once


@given(ANY_TEXT, st.integers(0, 250))
def test_the_limit_holds_and_the_database_takes_it(value: str, limit: int) -> None:
    clean = clean_text(value, limit)
    assert len(clean) <= limit
    assert is_clean(clean)
    assert "\x00" not in clean
    assert clean.encode() is not None
    assert unicodedata.is_normalized("NFC", clean)


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Mn", "Me")), max_size=100))
def test_ordinary_text_only_becomes_nfc(value: str) -> None:
    assert clean_text(value, 10_000) == unicodedata.normalize("NFC", value)
