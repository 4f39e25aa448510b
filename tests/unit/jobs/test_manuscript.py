"""An answer read while it grows: the same sentences wherever the pieces end."""

import json

import pytest

from jobs.manuscript import MOST_LETTERS, Manuscript, RawSentence, Unwritten

SENTENCES = [
    {"text": 'He said "no", {really}.', "sources": ["m1", "r2"], "new_paragraph": False},
    {"text": "Zweiter Satz — ü ☃.", "sources": [], "new_paragraph": True},
]
WHOLE = json.dumps({"sentences": SENTENCES})


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1000])
def test_sentences_come_whole_wherever_the_pieces_end(size: int) -> None:
    manuscript = Manuscript()
    found = [raw for place in range(0, len(WHOLE), size) for raw in manuscript.feed(WHOLE[place : place + size])]
    manuscript.end()
    assert found == [
        RawSentence('He said "no", {really}.', ("m1", "r2"), False),
        RawSentence("Zweiter Satz — ü ☃.", (), True),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        '{"sentences": [{"text": 7}, {"sources": []}, "Hello", null, [], {"text": "  "}]}',
        '{"sentences": [{"text": "Hi", "sources": "m1", "new_paragraph": "yes"}]}',
        '{"sentences": [{"text": "Hi", "sources": [{"a": 1}, 7, null]}]}',
    ],
)
def test_odd_elements_are_left_out_or_made_plain(odd: str) -> None:
    for raw in Manuscript().feed(odd):
        assert raw.text == "Hi" and not raw.opens and all(isinstance(each, str) for each in raw.sources)


@pytest.mark.parametrize("text", ["", "   ", "Hello", "{}", '{"sentences": []}', '{"sentences": {"text": "x"}}', "[[[[", "null"])
def test_what_holds_no_sentence_is_no_answer(text: str) -> None:
    manuscript = Manuscript()
    assert list(manuscript.feed(text)) == []
    with pytest.raises(Unwritten):
        manuscript.end()


def test_h161_an_answer_without_end_is_cut_off() -> None:
    manuscript = Manuscript()
    with pytest.raises(Unwritten, match="did not come to an end"):
        for _ in range(100):
            list(manuscript.feed(" " * (MOST_LETTERS // 50)))
