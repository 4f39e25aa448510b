"""Folds of a text: those its HTML marked and those the rules for plain text find; nothing is ever cut."""

from dataclasses import dataclass
from typing import Literal

from mailgate.folding.header_blocks import header_block_at
from mailgate.folding.history import History, find_history, read_page
from mailgate.folding.lines import Line, read_lines
from mailgate.folding.marks import is_forward_mark, is_rule
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


def fold(text: str, marked: tuple[Fold, ...], forward_start: int | None = None) -> Folded:
    """Find the folds of `text`. Never folds all that somebody wrote.

    `marked` are the folds its HTML told; from `forward_start` on the text is a forwarded mail, if given.
    """
    lines = read_lines(text)
    if len(lines) > _MOST_LINES:
        return Folded(marked, without(text, marked) or text.strip())
    if forward_start is not None:
        marked = tuple(span for span in marked if span.end <= forward_start)
    history = find_history(read_page(lines))
    forward = _forward_line(lines, history, forward_start)
    end = len(lines) if forward is None else forward
    spans = [span for span in history.spans if span[1] <= end]
    folds = _merged(text, _quotes_and_signatures(text, lines[:end], spans), marked)
    asides = [] if forward is None else _asides(text, lines, forward, folds)
    reply = without(text, _merged(text, asides, folds)) or without(text, folds) or text.strip()
    return Folded(folds, reply)


def _forward_line(lines: list[Line], history: History, start: int | None) -> int | None:
    """The index of the line where a forwarded mail begins, None when there is none."""
    if start is None:
        return history.forward
    index = next((number for number, line in enumerate(lines) if line.start >= start), len(lines) - 1)
    return index if history.forward is None else min(index, history.forward)


def _quotes_and_signatures(text: str, lines: list[Line], spans: list[tuple[int, int]]) -> list[Fold]:
    """The history as folds, and the signature of each stretch of own text above, between and below it."""
    stop = lines[-1].end if lines else 0
    folds = [_span(text, lines, first, end, "quote", stop) for first, end in spans]
    edges = [0, *(edge for span in spans for edge in span), len(lines)]
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        own = lines[first:last]
        start = signature_start(own, len(own)) if any(not line.blank for line in own) else len(own)
        if start < len(own):
            folds.append(_span(text, lines, first + start, last, "signature", stop))
    return folds


def _asides(text: str, lines: list[Line], forward: int, folds: tuple[Fold, ...]) -> list[Fold]:
    """What is shown in full but is not the sender's own reply.

    With own words above: all of the forwarded mail. Without: its headers, and what its writer quoted in turn.
    """
    start = lines[forward].start
    marked = is_forward_mark(lines[forward])
    if without(text[:start], _within(folds, start)):
        return [Fold(lines[forward].end if marked else start, len(text), "quote")]
    place = forward + 1 if marked else forward
    while place < len(lines) and (lines[place].blank or is_rule(lines[place])):
        place += 1
    block = header_block_at(lines, place) if place < len(lines) else None
    inner = place + block.count if block else (forward + 1 if marked else forward)
    rest = lines[inner:]
    if not rest:
        return []
    spans = find_history(read_page(rest)).spans
    return [Fold(start, rest[0].start, "quote"), *_quotes_and_signatures(text, rest, spans)]


def _within(folds: tuple[Fold, ...], end: int) -> tuple[Fold, ...]:
    return tuple(Fold(span.start, min(span.end, end), span.kind) for span in folds if span.start < end)


def _span(
    text: str, lines: list[Line], first: int, end: int, kind: Literal["quote", "signature"], stop: int
) -> Fold:
    """The letters of lines[first:end]; the last line of all ends at `stop`."""
    return Fold(
        lines[first].start if first < len(lines) else stop,
        lines[end].start if end < len(lines) else stop,
        kind,
    )


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
