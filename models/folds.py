"""Texts whose old parts are folded away: ranges `[start, end, kind]` over the body of a message."""

from collections.abc import Sequence


def new_words(body: str, folds: Sequence[Sequence[object]]) -> str:
    """`body` without its folded ranges `[start, end, kind]`: what was quoted in it already."""
    kept, position = [], 0
    for start, end, *_ in sorted((int(str(fold[0])), int(str(fold[1]))) for fold in folds):
        kept.append(body[position : max(start, position)])
        position = max(position, end)
    return "".join([*kept, body[position:]]).strip()
