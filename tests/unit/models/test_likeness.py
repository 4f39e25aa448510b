"""How alike texts are."""

import pytest

from models.likeness import best_words, closest, share_kept


@pytest.mark.parametrize(
    ("draft", "sent", "share"),
    [
        ("Thank you for writing.", "Thank you for writing.", 1.0),
        ("Thank you for writing.", "thank YOU, for writing!", 1.0),
        ("Thank you for writing.", "Go away.", 0.0),
        ("one two three four", "one two", 0.5),
        ("one two three four", "zero one two and three four five", 1.0),
        ("", "anything", 0.0),
        ("...", "anything", 0.0),
        ("日本語 です", "日本語 です。", 1.0),
    ],
)
def test_the_share_of_a_draft_that_was_kept(draft: str, sent: str, share: float) -> None:
    assert share_kept(draft, sent) == share


TEXTS = {
    "kettle": "A kettle hums loudly: descale it with vinegar.",
    "parcel": "A parcel that has not come is sent again.",
    "hours": "We are here from nine to five, Monday to Friday.",
    "rechnung": "Rechnungen werden am Monatsende verschickt.",
}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("My new kettle hums when it heats, is it humming from limescale?", "kettle"),
        ("Where is my parcel? It should have come. Was it sent?", "parcel"),
        ("Wann wird die Rechnung verschickt?", "rechnung"),
    ],
)
def test_the_closest_text_shares_the_telling_words_whatever_their_endings(wanted: str, found: str) -> None:
    assert [key for key, _ in closest(wanted, TEXTS, most=3)][:1] == [found]


@pytest.mark.parametrize("wanted", ["", "Hello, thank you very much, kind regards", "Quantum entanglement of photons", "a kettle"])
def test_where_nothing_is_alike_nothing_is_found(wanted: str) -> None:
    assert closest(wanted, TEXTS, most=3) == []


def test_words_to_look_for_are_the_longest_and_none_that_everybody_uses() -> None:
    assert best_words("Hello, my Waschmaschine does not spin, please help", 2) == ["waschm", "spin"]


def test_two_long_texts_of_one_word_are_compared_in_no_time() -> None:
    assert share_kept("a " * 200_000, "a " * 200_000) == 1.0
