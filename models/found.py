"""A draft without a model: the saved reply or earlier answer that fits best, and the next best beside it."""

import re
from collections.abc import Sequence
from typing import Any

from models.actions.ai_drafts import Found
from models.queries.matters import Known, Matter, answered_like, fitting, usable_replies
from models.people import User

MOST_OFFERED = 4
NO_KEY = "These are your desk's own words. With GEMINI_API_KEY set, a model writes a draft for this very ticket."
SWITCHED_OFF = "These are your desk's own words: AI drafts are switched off for this mailbox."
NOTHING_FITS = "No saved reply and no earlier answer fits this ticket. "
SENTENCE = re.compile(r"(\s*)(\S.*?(?:[.!?…。！？]+[\"'”’)\]]*(?=\s|$)|(?=\n)|$))", re.DOTALL)


def found_for(matter: Matter, asker: User, hint: str) -> Found:
    """The best of what the desk has said before; no sentences where nothing fits."""
    known = [*usable_replies(matter, asker, approved_only=False), *answered_like(matter)]
    best = fitting(matter, known, MOST_OFFERED)
    if not best:
        return Found((), (), NOTHING_FITS + hint)
    sources = [source_of(f"s{place}", each) | {"text": each.answer} for place, each in enumerate(best, 1)]
    return Found(sentences_of(best[0].answer, "s1"), sources, hint)


def source_of(name: str, known: Known) -> dict[str, Any]:
    return {"id": name, "kind": known.kind, "title": known.title, "row": known.row}


def sentences_of(text: str, source: str) -> Sequence[dict[str, Any]]:
    """`text` cut into sentences and lines, every white space kept; what has to be looked at is marked."""
    found = ((gap, words) for gap, words in SENTENCE.findall(text.strip()) if words)
    return [{"text": words, "gap": gap, "sources": [source], "marks": gaps_in(words)} for gap, words in found]


def gaps_in(words: str) -> list[list[Any]]:
    """Where something was taken out that only the agent can fill in."""
    blanks = re.finditer(r"\[(?:name|number|address|link|code|password|card|account|key)\]", words)
    return [[each.start(), each.end(), "blank"] for each in blanks]
