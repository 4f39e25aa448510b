"""Where quoted history begins in a plain text: rules in order, each a small question about one line."""

from collections.abc import Callable

from mailgate.folding.attributions import attribution_at, names_writer
from mailgate.folding.header_blocks import header_block_at
from mailgate.folding.lines import Line
from mailgate.folding.marks import is_forward_mark, is_list_footer, is_original_mark, is_reply_above, is_rule, is_signature_dashes

_MOSTLY = 0.8


def history_starts_at(lines: list[Line], index: int) -> bool:
    """Whether all from line `index` on is older mail."""
    return any(rule(lines, index) for rule in RULES)


def at_original_mark(lines: list[Line], index: int) -> bool:
    """'-----Original Message-----'."""
    return is_original_mark(lines[index])


def at_reply_above(lines: list[Line], index: int) -> bool:
    """The line a helpdesk asks people to write above."""
    return is_reply_above(lines, index)


def at_header_block(lines: list[Line], index: int) -> bool:
    """From/Sent/To/Subject, with or without a rule above it."""
    place = index
    if is_rule(lines[index]):
        place = next((later for later in range(index + 1, min(index + 4, len(lines))) if not lines[later].blank), index)
    return header_block_at(lines, place) is not None


def at_attribution(lines: list[Line], index: int) -> bool:
    """'On … wrote:' when what follows is quoted, or is not quoted at all and the line names an address."""
    count = attribution_at(lines, index)
    if not count:
        return False
    rest = [line for line in lines[index + count :] if not line.blank]
    if not rest:
        return True
    return not answers_follow(lines, index + count)


def at_named_quote(lines: list[Line], index: int) -> bool:
    """'Ada wrote:' directly before quoted lines that run to the end."""
    line = lines[index]
    if not names_writer(line.plain):
        return False
    following = next((later for later in lines[index + 1 : index + 4] if not later.blank), None)
    if following is None or following.depth <= line.depth:
        return False
    return not answers_follow(lines, index + 1)


Rule = Callable[[list[Line], int], bool]
RULES: tuple[Rule, ...] = (at_original_mark, at_reply_above, at_header_block, at_attribution, at_named_quote)


def answers_follow(lines: list[Line], index: int) -> bool:
    """Whether somebody wrote between or below the quoted lines from `index` on.

    False when nothing there is quoted (history without marks) or nearly all is (wrapped quotes lose marks).
    """
    rest = [line for line in lines[index:] if not line.blank]
    quoted = sum(line.quoted for line in rest)
    if quoted == 0 or quoted == len(rest):
        return False
    if not rest[0].quoted:
        return False
    last = max(place for place, line in enumerate(rest) if line.quoted)
    own_after = rest[last + 1 :]
    if own_after and (is_signature_dashes(own_after[0]) or is_list_footer(own_after[0])):
        own_after = []
    between = [line for line in rest[: last + 1] if not line.quoted]
    if own_after:
        return True
    return _paragraphs_between(lines, index, last_quoted(lines)) > 0 and len(between) / len(rest) > 1 - _MOSTLY or _set_apart(lines, index) > 0


def last_quoted(lines: list[Line]) -> int:
    """The index of the last quoted line, -1 when there is none."""
    return max((place for place, line in enumerate(lines) if line.quoted), default=-1)


def _paragraphs_between(lines: list[Line], index: int, last: int) -> int:
    return sum(not line.quoted and not line.blank for line in lines[index:last])


def _set_apart(lines: list[Line], index: int) -> int:
    """Unquoted lines with a truly empty line before them: written by hand, not lost by wrapping."""
    count = 0
    for place in range(index + 1, last_quoted(lines)):
        line, before = lines[place], lines[place - 1]
        count += not line.quoted and not line.blank and before.blank and not before.quoted
    return count


def forward_starts_at(lines: list[Line], index: int) -> bool:
    """Whether a forwarded mail begins here: it is content, not history."""
    return is_forward_mark(lines[index])


