"""What comes from a writer: sentences as they arrive, or why there are none."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_LETTERS = 64 * 1024
MOST_SENTENCES = 80
LONGEST_SENTENCE = 4_000
BEGINS = re.compile(r"\{\s*\"sentences\"\s*:\s*\[")
BETWEEN = re.compile(r"[\s,]*")


@dataclass(frozen=True)
class Piece:
    """Some more of the answer; the token counts are those so far."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    was_cut: bool = False  # the model ran out of room


@dataclass(frozen=True)
class RawSentence:
    """A sentence as the model gave it: nothing in it has been looked at."""

    text: str
    sources: tuple[str, ...]
    opens: bool


class Unwritten(Exception):
    """No draft came of it; says why, for the reader. `is_down` when asking again at once would be in vain."""

    def __init__(self, why: str, *, is_down: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.is_down = is_down


class Interrupted(Exception):
    """This process has to end: somebody else is to write the draft."""


UNREADABLE = "The model gave an answer that nobody can read. Ask again, or write it yourself."
TOO_LONG = "The model did not come to an end. Ask again, or write it yourself."
EMPTY = "The model gave no answer. Ask again, or write it yourself."


class Manuscript:
    """Reads the JSON of an answer while it grows, and gives each sentence once it is whole."""

    def __init__(self) -> None:
        self.text = ""
        self.place = -1  # where the next sentence may begin; -1 before the list has begun
        self.count = 0

    def feed(self, text: str) -> Iterator[RawSentence]:
        """The sentences that `text` has completed. Raises `Unwritten` when it can become nothing."""
        self.text += text
        if len(self.text) > MOST_LETTERS:
            raise Unwritten(TOO_LONG)
        if self.place < 0:
            if (begins := BEGINS.search(self.text)) is None:
                return
            self.place = begins.end()
        while (found := self.next_object()) is not None:
            self.count += 1
            if self.count > MOST_SENTENCES:
                raise Unwritten(TOO_LONG)
            if (sentence := sentence_of(found)) is not None:
                yield sentence

    def next_object(self) -> object | None:
        between = BETWEEN.match(self.text, self.place)
        start = between.end() if between else self.place
        if not self.text.startswith("{", start):
            return None
        try:
            found, self.place = json.JSONDecoder().raw_decode(self.text, start)
        except (ValueError, RecursionError):  # not whole yet, or never
            return None
        return found

    def end(self) -> None:
        """There is no more. Raises `Unwritten` where that was no answer."""
        if not self.text.strip():
            raise Unwritten(EMPTY)
        if self.place < 0 or not self.count:
            raise Unwritten(UNREADABLE)


def sentence_of(found: object) -> RawSentence | None:
    """One element of the list, or None where it is none."""
    match found:
        case {"text": str(text), **more} if text.strip():
            sources = more.get("sources")
            named = tuple(str(each)[:20] for each in sources[:20]) if isinstance(sources, list) else ()
            return RawSentence(text[:LONGEST_SENTENCE], named, more.get("new_paragraph") is True)
    return None
