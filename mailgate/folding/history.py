"""Where quoted history stands in a plain text: rules in order, each a small question about one line."""

from collections.abc import Callable
from dataclasses import dataclass

from mailgate.folding.attributions import attribution_at, names_writer
from mailgate.folding.header_blocks import header_block_at
from mailgate.folding.lines import Line
from mailgate.folding.marks import (
    is_forward_mark,
    is_list_footer,
    is_original_mark,
    is_reply_above,
    is_rule,
    is_scrap,
    is_sent_from,
    is_signature_dashes,
)
from mailgate.folding.signatures import signature_start

_WRAPPED_FROM = 55
_BLANKS_BEFORE_QUOTE = 8


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a text and what is often asked about them."""

    lines: list[Line]
    last_quoted: int
    last_own: int


def read_page(lines: list[Line]) -> Page:
    """Look at all lines once, so that the rules need not."""
    last_quoted = max((index for index, line in enumerate(lines) if line.quoted), default=-1)
    last_own = max(
        (index for index, line in enumerate(lines) if not line.quoted and not line.blank), default=-1
    )
    return Page(lines, last_quoted, last_own)


@dataclass(slots=True)
class History:
    """Spans of line indices that are older mail, and the line of a forward's mark (None when there is
    none).
    """

    spans: list[tuple[int, int]]
    forward: int | None = None


def find_history(page: Page) -> History:
    """Walk down the page; the first rule with an opinion says where the history that starts here ends."""
    history = History([])
    written = False
    index = 0
    while index < len(page.lines):
        line = page.lines[index]
        if line.blank:
            index += 1
            continue
        if is_forward_mark(line):
            history.forward = index
            break
        end = next((end for rule in RULES if (end := rule(page, index, written)) is not None), None)
        if end is not None and end > index:
            history.spans.append((_above_rules(page.lines, index), end))
            index = end
            continue
        written = written or not line.quoted
        index += 1
    if history.forward is None:
        _add_quoted_tail(page, history)
    return history


def at_original_mark(page: Page, index: int, written: bool) -> int | None:
    """'-----Original Message-----': all below is older."""
    return len(page.lines) if written and is_original_mark(page.lines[index]) else None


def at_reply_above(page: Page, index: int, written: bool) -> int | None:
    """The line a helpdesk asks people to write above."""
    return len(page.lines) if written and is_reply_above(page.lines, index) else None


def at_header_block(page: Page, index: int, written: bool) -> int | None:
    """From/Sent/To/Subject, with or without a rule above it."""
    if not written:
        return None
    lines = page.lines
    place = index
    if is_rule(lines[index]):
        place = next(
            (later for later in range(index + 1, min(index + 4, len(lines))) if not lines[later].blank), index
        )
    return len(lines) if header_block_at(lines, place) is not None else None


def at_sent_from(page: Page, index: int, written: bool) -> int | None:
    """'Sent from my …' as a paragraph of its own with text below: telephones put the history there."""
    lines = page.lines
    if not written or not is_sent_from(lines[index]) or not lines[index - 1].blank:
        return None
    below = index + 1 < len(lines) and lines[index + 1].blank and page.last_own > index
    return len(lines) if below else None


def at_attribution(page: Page, index: int, written: bool) -> int | None:
    """'On … wrote:' and what it introduces."""
    count = attribution_at(page.lines, index)
    return _introduced(page, index + count, written, marks_needed=False) if count else None


def at_named_quote(page: Page, index: int, written: bool) -> int | None:
    """'Ada wrote:', believed only directly before quoted lines."""
    if not names_writer(page.lines[index].plain):
        return None
    return _introduced(page, index + 1, written, marks_needed=True)


Rule = Callable[[Page, int, bool], int | None]
RULES: tuple[Rule, ...] = (
    at_original_mark,
    at_reply_above,
    at_header_block,
    at_sent_from,
    at_attribution,
    at_named_quote,
)


def _introduced(page: Page, start: int, written: bool, marks_needed: bool) -> int | None:
    """Where the quotation that an attribution introduces ends.

    Without quote marks all below is older. With marks the quotation alone is older, and what was written
    under it stays; when it is answered in several places, the answers need it: only the attribution goes.
    """
    first = next(
        (
            place
            for place in range(start, min(start + _BLANKS_BEFORE_QUOTE, len(page.lines)))
            if not page.lines[place].blank
        ),
        None,
    )
    if first is None or not page.lines[first].quoted:
        if marks_needed:
            return None
        return len(page.lines) if written or first is None else start
    end = quotation_end(page.lines, first)
    if page.last_own < end or _only_a_footer(page.lines, end):
        return len(page.lines)
    if page.last_quoted >= end and not _only_a_footer(page.lines, end):
        return start
    return end


def quotation_end(lines: list[Line], start: int) -> int:
    """The line after the quotation that starts at `start`; lines that lost their mark to wrapping
    belong to it.
    """
    end = start
    for index in range(start, len(lines)):
        line = lines[index]
        if line.quoted or (index == end and end > start and is_scrap(line)):
            end = index + 1
        elif not line.blank:
            before = lines[index - 1]
            if not (index == end and len(before.plain) >= _WRAPPED_FROM):
                break
            end = index + 1
    return end


def _only_a_footer(lines: list[Line], index: int) -> bool:
    """Whether the first thing written from `index` on is a signature or the footer of a list."""
    first = next((line for line in lines[index : index + 50] if not line.blank), None)
    return first is not None and (is_signature_dashes(first) or is_list_footer(first))


def _above_rules(lines: list[Line], index: int) -> int:
    """Take the blank lines and the rule above the history along."""
    while index and (lines[index - 1].blank or is_rule(lines[index - 1])):
        index -= 1
    return index


def _of_tail(lines: list[Line], index: int) -> bool:
    line = lines[index]
    return line.blank or line.quoted or (index > 0 and lines[index - 1].quoted and is_scrap(line))


def _add_quoted_tail(page: Page, history: History) -> None:
    """Quoted lines at the end of a page are older mail even when nothing introduces them."""
    end = signature_start(page.lines, len(page.lines))
    if history.spans and history.spans[-1][1] >= end:
        return
    bottom = history.spans[-1][1] if history.spans else 0
    tail = end
    while tail > bottom and _of_tail(page.lines, tail - 1):
        tail -= 1
    if tail > bottom and any(line.quoted for line in page.lines[tail:end]):
        history.spans.append((tail, end))
