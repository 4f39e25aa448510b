"""Where the signature begins in what somebody wrote himself."""

from mailgate.folding.lines import Line
from mailgate.folding.marks import (
    is_closing,
    is_dash_name,
    is_list_footer,
    is_rule,
    is_sent_from,
    is_signature_dashes,
    is_thanks,
)

_MOST_LINES = 25
_MOST_AFTER_CLOSING = 8
_SHORT = 60


def signature_start(lines: list[Line], end: int) -> int:
    """The index in lines[:end] where the signature begins; `end` when there is none."""
    last = _last_written(lines, end)
    for index in range(max(0, last - _MOST_LINES), last + 1):
        if lines[index].quoted:
            continue
        if is_signature_dashes(lines[index]) or is_list_footer(lines[index]):
            return _with_name(lines, _with_mobile(lines, index))
        if is_rule(lines[index]) and index and _all_short(lines[index + 1 : last + 1]):
            return _with_mobile(lines, index)
    if last > 0 and is_dash_name(lines[last]) and (lines[last - 1].blank or is_sent_from(lines[last - 1])):
        return last
    closing = _closing_start(lines, _with_mobile(lines, last + 1))
    if closing is not None:
        return closing
    return _with_mobile(lines, last + 1) if _with_mobile(lines, last + 1) <= last else end


def _with_name(lines: list[Line], index: int) -> int:
    """Go up over a name signed with a dash directly above `index`."""
    above = _last_written(lines, index)
    return above if above > 0 and is_dash_name(lines[above]) and lines[above - 1].blank else index


def _all_short(lines: list[Line]) -> bool:
    """Whether a few short lines follow, as in a signature below a rule."""
    written = [line for line in lines if not line.blank]
    return 1 <= len(written) <= _MOST_AFTER_CLOSING and all(
        len(line.plain) <= _SHORT and not line.quoted and not line.plain.endswith((".", "?", "!"))
        for line in written
    )


def _closing_start(lines: list[Line], end: int) -> int | None:
    """'Kind regards,' followed by nothing but a few short lines: a name, a title, a telephone number."""
    last = _last_written(lines, end)
    for index in range(last, max(0, last - _MOST_AFTER_CLOSING), -1):
        line = lines[index]
        if is_closing(line):
            above = any(not earlier.blank and not earlier.quoted for earlier in lines[:index])
            return index if above else None
        if is_thanks(line) and _names_follow(lines[index + 1 : last + 1]):
            return index
        if line.quoted or len(line.plain) > _SHORT or line.plain.endswith("?"):
            return None
    return None


def _names_follow(lines: list[Line]) -> bool:
    """One or two lines of up to three words with capitals: somebody's name."""
    named = [line.plain for line in lines if not line.blank]
    return 1 <= len(named) <= 2 and all(
        len(name.split()) <= 3
        and not name.endswith((".", "?", "!"))
        and all(word[:1].isupper() for word in name.split())
        for name in named
    )


def _with_mobile(lines: list[Line], index: int) -> int:
    """Go up over 'Sent from my …' lines directly above `index`."""
    while True:
        above = _last_written(lines, index)
        if above <= 0 or not is_sent_from(lines[above]):
            return index
        index = above


def _last_written(lines: list[Line], end: int) -> int:
    for index in range(end - 1, -1, -1):
        if not lines[index].blank:
            return index
    return -1
