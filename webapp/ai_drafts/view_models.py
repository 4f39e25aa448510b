"""What the draft's panel shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from models.ai_draft import AiDraft, DraftState
from models.queries.ai_drafts import is_stale

DOUBTS = {
    "amount": "amount",
    "date": "date",
    "number": "number",
    "address": "address",
    "promise": "promise",
    "blank": "gap",
}
KINDS = {"message": "letter", "reply": "quote", "ticket": "tick"}


@dataclass(frozen=True)
class Span:
    """Words of a sentence; with `doubt` the agent has to look at them."""

    text: str
    doubt: str = ""


@dataclass(frozen=True)
class Sentence:
    text: str
    gap: str
    spans: tuple[Span, ...]
    numbers: tuple[int, ...]  # of its sources


@dataclass(frozen=True)
class Chip:
    """One source. `text` is there where it may be taken instead."""

    number: int
    icon: str
    title: str
    url: str
    text: str


@dataclass(frozen=True)
class Panel:
    """A draft as the composer shows it."""

    id: int
    ticket_id: int
    state: str
    title: str
    note: str
    sentences: tuple[Sentence, ...]
    chips: tuple[Chip, ...]
    doubts: tuple[str, ...]
    links_removed: int
    is_stale: bool
    is_found: bool

    @property
    def is_under_way(self) -> bool:
        return self.state in (DraftState.QUEUED, DraftState.WRITING)


def panel_of(draft: AiDraft) -> Panel:
    numbers = {source["id"]: number for number, source in enumerate(draft.sources, 1)}
    sentences = tuple(sentence_of(each, numbers) for each in draft.sentences)
    is_found = draft.state == DraftState.READY and draft.model is None
    return Panel(
        id=draft.id,
        ticket_id=draft.ticket_id,
        state=draft.state,
        title=title_of(draft, is_found),
        note=draft.note,
        sentences=sentences,
        chips=tuple(chip_of(number, source) for number, source in enumerate(draft.sources, 1)),
        doubts=doubts_of(sentences),
        links_removed=int(draft.removed.get("links", 0)),
        is_stale=is_stale(draft),
        is_found=is_found,
    )


def title_of(draft: AiDraft, is_found: bool) -> str:
    match draft.state:
        case DraftState.QUEUED:
            return "Asking…"
        case DraftState.WRITING:
            return "Writing…"
        case DraftState.FAILED:
            return "No draft"
    if is_found:
        return "Said before" if draft.sentences else "Nothing fits"
    return "AI draft"


def sentence_of(sentence: dict[str, Any], numbers: dict[str, int]) -> Sentence:
    named = tuple(sorted(numbers[source] for source in sentence["sources"] if source in numbers))
    return Sentence(sentence["text"], sentence["gap"], tuple(spans_of(sentence["text"], sentence["marks"])), named)


def spans_of(text: str, marks: Sequence[Sequence[Any]]) -> list[Span]:
    spans: list[Span] = []
    place = 0
    for start, end, kind in marks:
        if not place <= start < end <= len(text):
            continue
        spans += [Span(text[place:start]), Span(text[start:end], DOUBTS.get(kind, "fact"))]
        place = end
    return [span for span in [*spans, Span(text[place:])] if span.text]


def doubts_of(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """The doubtful words, each once."""
    return tuple(dict.fromkeys(span.text for each in sentences for span in each.spans if span.doubt))


def chip_of(number: int, source: dict[str, Any]) -> Chip:
    return Chip(number, KINDS[source["kind"]], source["title"], address_of(source), source.get("text", ""))


def address_of(source: dict[str, Any]) -> str:
    """Where the source can be read; who may not see it there is told so there."""
    match source["kind"]:
        case "message":
            return f"#m-{source['row']}"
        case "reply":
            return url_for("saved_replies.one", reply_id=source["row"])
    return url_for("inbox.ticket_anywhere", ticket_id=source["row"])
