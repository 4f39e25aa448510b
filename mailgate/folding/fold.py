"""Folds of a text: those its HTML marked and those the rules for plain text find; nothing is ever cut."""

from dataclasses import dataclass

from mailgate.folding.header_blocks import header_block_at
from mailgate.folding.history import find_history, read_page
from mailgate.folding.lines import Line, read_lines
from mailgate.folding.signatures import signature_start
from mailgate.inbound import Fold

_MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Folded:
    """The folds, and what the sender wrote himself: the text without them and without a forwarded mail.

    A forwarded mail is content and is never folded, but when its sender wrote above it, his own words are
    his reply; when he wrote nothing, the inner words are.
    """

    folds: tuple[Fold, ...]
    reply_text: str


def fold(text: str, marked: tuple[Fold, ...]) -> Folded:
    """Find the folds of `text`; `marked` are those its HTML told. Never folds all that somebody wrote."""
    lines = read_lines(text)
    if len(lines) > _MOST_LINES:
        return Folded(marked, without(text, marked) or text.strip())
    history = find_history(read_page(lines))
    quotes = [_span(lines, first, end, "quote", text) for first, end in history.spans]
    end = history.forward if history.forward is not None else len(lines)
    quotes += _signatures(text, lines, history.spans, end)
    folds = _merged(text, quotes, marked)
    asides = _asides(text, lines, history.forward, folds)
    reply = without(text, _merged(text, asides, folds)) or without(text, folds) or text.strip()
    return Folded(folds, reply)


def _signatures(text: str, lines: list[Line], spans: list[tuple[int, int]], end: int) -> list[Fold]:
    """The signature of each stretch of own text (above the history, and below it)."""
    folds = []
    edges = [0, *(edge for span in spans for edge in span), end]
    for first, last in zip(edges[::2], edges[1::2], strict=False):
        own = lines[first:last]
        start = signature_start(own, len(own)) if any(not line.blank for line in own) else len(own)
        if start < len(own):
            folds.append(_span(lines, first + start, last, "signature", text))
    return folds


def _asides(text: str, lines: list[Line], forward: int | None, folds: tuple[Fold, ...]) -> list[Fold]:
    """What is shown in full but is not the sender's own reply: a forwarded mail, or only its headers."""
    first = next((index for index, line in enumerate(lines) if not line.blank), len(lines))
    start = first if forward is None else forward
    written_above = forward is not None and without(text[: lines[forward].start], _within(folds, lines[forward].start))
    if written_above:
        return [Fold(lines[start].end, len(text), "quote")]
    place = start if forward is None else start + 1
    while place < len(lines) and lines[place].blank:
        place += 1
    block = header_block_at(lines, place) if place < len(lines) else None
    after = place + block.count if block else (start if forward is None else start + 1)
    return [_span(lines, start, after, "quote", text)] if after > start else []


def _within(folds: tuple[Fold, ...], end: int) -> tuple[Fold, ...]:
    return tuple(Fold(span.start, min(span.end, end), span.kind) for span in folds if span.start < end)


def _span(lines: list[Line], first: int, end: int, kind: str, text: str) -> Fold:
    stop = lines[end].start if end < len(lines) else len(text)
    return Fold(lines[first].start if first < len(lines) else len(text), stop, "signature" if kind == "signature" else "quote")


def _merged(text: str, found: list[Fold], others: tuple[Fold, ...]) -> tuple[Fold, ...]:
    """Unite both sets: sorted; overlapping spans become one; blank spans go; never the whole text."""
    merged: list[Fold] = []
    for span in sorted((*found, *others), key=lambda fold: (fold.start, -fold.end)):
        if not text[span.start : span.end].strip():
            continue
        if merged and span.start < merged[-1].end:
            before = merged.pop()
            span = Fold(before.start, max(before.end, span.end), before.kind)
        merged.append(span)
    return tuple(merged) if without(text, tuple(merged)) else tuple(others if found else ())


def without(text: str, folds: tuple[Fold, ...]) -> str:
    """`text` without the spans, stripped; '' when nothing is left."""
    out = []
    place = 0
    for span in folds:
        out.append(text[place : span.start])
        place = span.end
    out.append(text[place:])
    return "".join(out).strip("\n").rstrip() if "".join(out).strip() else ""
