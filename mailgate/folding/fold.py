"""Folds of a text: those its HTML marked and those the rules for plain text find; nothing is ever cut."""

from mailgate.folding.attributions import attribution_at
from mailgate.folding.history import answers_follow, forward_starts_at, history_starts_at
from mailgate.folding.lines import Line, read_lines
from mailgate.folding.marks import is_rule
from mailgate.folding.signatures import signature_start
from mailgate.inbound import Fold

_MOST_LINES = 20_000


def fold(text: str, marked: tuple[Fold, ...]) -> tuple[Fold, ...]:
    """Return the folds of `text`, sorted, never overlapping, never all of what somebody wrote."""
    lines = read_lines(text)
    if len(lines) > _MOST_LINES:
        return marked
    start, forwarded = _history(lines)
    end = _own_end(lines, start)
    folds = []
    if not _written(lines[:end]):
        folds = _leading_attribution(lines)
        return _merged(text, folds, marked)
    signature = end if forwarded else signature_start(lines, end)
    if end < len(lines) and not forwarded:
        folds.append(Fold(lines[end].start, len(text), "quote"))
    if signature < end:
        folds.append(Fold(lines[signature].start, lines[end].start if end < len(lines) else len(text), "signature"))
    folds += _interleaved_attributions(lines, end)
    return _merged(text, folds, marked)


def _history(lines: list[Line]) -> tuple[int, bool]:
    """The index where history starts (len(lines) when nowhere), and whether it is a forward instead."""
    written = False
    for index, line in enumerate(lines):
        if line.blank:
            continue
        if forward_starts_at(lines, index):
            return index, True
        if written and history_starts_at(lines, index):
            return index, False
        written = written or not line.quoted
    return len(lines), False


def _own_end(lines: list[Line], start: int) -> int:
    """Go up from where history starts over its rule; without history, over a quoted tail."""
    end = start
    if start == len(lines):
        tail = start
        while tail and (lines[tail - 1].blank or lines[tail - 1].quoted):
            tail -= 1
        return tail if any(line.quoted for line in lines[tail:]) else start
    while end and (lines[end - 1].blank or is_rule(lines[end - 1])):
        end -= 1
    return end


def _written(lines: list[Line]) -> bool:
    return any(not line.blank and not line.quoted for line in lines)


def _leading_attribution(lines: list[Line]) -> list[Fold]:
    """Nothing stands above the quotation: only the line of attribution may be folded."""
    for index, line in enumerate(lines):
        if line.blank:
            continue
        count = attribution_at(lines, index)
        if count and index + count < len(lines):
            return [Fold(line.start, lines[index + count].start, "quote")]
        break
    return []


def _interleaved_attributions(lines: list[Line], end: int) -> list[Fold]:
    """Attributions above quotations that are answered in between are folded alone."""
    folds = []
    index = 0
    while index < end:
        count = 0 if lines[index].blank or lines[index].quoted else attribution_at(lines, index)
        if count and index + count < len(lines) and answers_follow(lines, index + count):
            folds.append(Fold(lines[index].start, lines[index + count].start, "quote"))
        index += count or 1
    return folds


def _merged(text: str, found: list[Fold], marked: tuple[Fold, ...]) -> tuple[Fold, ...]:
    """Unite both sets: sorted; overlapping spans become one; blank spans go."""
    merged: list[Fold] = []
    for span in sorted((*found, *marked), key=lambda fold: (fold.start, -fold.end)):
        if not text[span.start : span.end].strip():
            continue
        if merged and span.start < merged[-1].end:
            before = merged.pop()
            span = Fold(before.start, max(before.end, span.end), before.kind)
        merged.append(span)
    if merged and not unfolded(text, tuple(merged), whole_if_empty=False):
        return ()
    return tuple(merged)


def unfolded(text: str, folds: tuple[Fold, ...], whole_if_empty: bool = True) -> str:
    """`text` without its folds; all of it when nothing else would be left."""
    out = []
    place = 0
    for span in folds:
        out.append(text[place : span.start])
        place = span.end
    out.append(text[place:])
    return "".join(out).strip() or (text.strip() if whole_if_empty else "")
