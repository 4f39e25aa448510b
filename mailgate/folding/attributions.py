"""The line, or the few lines, that introduce quoted history: 'On … wrote:' in any language."""

import re

from mailgate.folding import words
from mailgate.folding.lines import Line

ADDRESS = re.compile(r"[\w.+=/-]{1,80}@[\w-]{1,80}(?:\.[\w-]{1,80})+|mailto:", re.I)
WHEN = re.compile(
    r"\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"
    r"|\d年|\d{1,2}:\d{2}|\d{1,2} ?[ap]\.?m\b",
    re.I,
)
_WROTE = re.compile(rf"(?<!\w)(?:{words.WROTE})(?!\w)", re.I)
_WROTE_LAST = re.compile(rf"(?:{words.WROTE})(?:\s*[:：]\s*|\s*)\Z", re.I)
_DATED = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},?\s[^\n<>:]{1,80}<[^\s<>]+@[^\s<>]+>:?\Z")
_SIGNED = re.compile(rf"[^\n<>:,]{{1,60}}<[^\s<>]+@[^\s<>]+>,?\s*(?:{words.WROTE})\s*[:：]\Z", re.I)
_NO_DIGIT = re.compile(r"\D*\Z")
_SENT_LAST = re.compile(r"\b(?:sent|schickte|sendte|skickade|envoyé|envió|inviato|enviou):\Z", re.I)
_OPENER = re.compile(rf"[\s*_]*(?:{words.OPENERS})(?:\s|\d|,)", re.I)
_STAMPED = re.compile(
    r"\d{4}-\d{2}-\d{2} \d{1,2}:\d{2}(?::\d{2})? (?:GMT|UTC)?[+-]?\d{0,2}:?\d{0,2} ?[^\n:]{1,120}:?\Z"
)
_DAY_FIRST = re.compile(r"(?:\w{2,12}\.?,? )?\d{1,2}[./ -]\w{1,12}\.?[./ -]\d{2,4}\b", re.I)
_MOST_LINES = 6
_MOST_LETTERS = 450


def attribution_at(lines: list[Line], index: int) -> int:
    """How many lines the attribution starting at `index` has; 0 when none starts there."""
    depth = lines[index].depth
    joined = ""
    for count in range(1, _MOST_LINES + 1):
        place = index + count - 1
        if place >= len(lines) or (lines[place].depth > depth and not _closes_bracket(lines[place], joined)):
            return 0
        if lines[place].blank:
            if not joined or not _goes_on_after_blank(lines, place, joined):
                return 0
            continue
        joined = f"{joined} {lines[place].plain}".strip()
        if len(joined) > _MOST_LETTERS:
            return 0
        if is_attribution(joined):
            return count
        if not _may_go_on(joined):
            return 0
    return 0


def is_attribution(text: str) -> bool:
    """Whether `text` (one logical line) introduces a quotation and says when or who."""
    text = text.strip().strip("*_-=").strip()
    if "<" in text and _SIGNED.match(text):
        return True
    if _NO_DIGIT.match(text):
        return False
    if _STAMPED.match(text) or _DATED.match(text):
        return True
    colon = text.endswith((":", "：", ":*", ":]"))
    if not WHEN.search(text) or (not colon and not _WROTE_LAST.search(text[-40:])):
        return False
    opened = bool(_OPENER.match(text) or _DAY_FIRST.match(text))
    wrote = _WROTE.search(text[-90:]) or _WROTE.search(text[:120])
    if ADDRESS.search(text):
        return opened or bool(wrote) or len(text) < 160
    if colon and opened and _SENT_LAST.search(text):
        return True
    return bool(wrote) and len(text) < 220 and (opened or bool(_WROTE_LAST.search(text[-40:])))


def names_writer(text: str) -> bool:
    """The weak form, believed only before quoted lines: 'Ada wrote:', 'ada@example.org schrieb:'."""
    text = text.strip()
    if len(text) > 200 or not text.endswith((":", "：")):
        return False
    return bool(_WROTE.search(text) or ADDRESS.search(text))


def _closes_bracket(line: Line, joined: str) -> bool:
    """The '>' that opens this line is the end of an address, no quote mark."""
    return line.depth == 1 and joined.count("<") > joined.count(">")


def _goes_on_after_blank(lines: list[Line], place: int, joined: str) -> bool:
    """Some clients break the address of an attribution off into a paragraph of its own."""
    following = lines[place + 1].plain if place + 1 < len(lines) else ""
    return following.startswith(("<", "mailto:")) and bool(WHEN.search(joined))


def _may_go_on(joined: str) -> bool:
    """Whether an attribution may continue on the next line: it has begun like one."""
    opened = _OPENER.match(joined) or _names_a_time(joined) or _names_an_address(joined)
    return bool(opened) and not joined.endswith((".", "!", "?")) or joined.endswith(("a.m.", "p.m.", "Uhr."))


def _names_a_time(text: str) -> bool:
    """Whether a day or an hour stands in it. Most lines of a mail hold no digit, and are not searched."""
    return not _NO_DIGIT.match(text) and bool(_DAY_FIRST.match(text) or WHEN.search(text))


def _names_an_address(text: str) -> bool:
    return ("@" in text or ":" in text) and bool(ADDRESS.search(text))
