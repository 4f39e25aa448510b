"""What of a text a person can see: no tag characters, no zero-width letters, no turning of directions.

A model reads them all, the agent beside it none of them: what only one of the two sees must not decide
(mail-safety H-104, H-156).
"""

import re
import unicodedata
from html import unescape

from models.html_quotes import find_quotes
from models.html_tokens import TAG, visible_text

# Joiners and variation selectors are part of letters and pictures that can be seen, but only after one of them.
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
_RUN_OF_JOINERS = re.compile(f"(?<=[{_JOINERS}])[{_JOINERS}]+|(?:(?<=\\s)|^)[{_JOINERS}]+", re.M)
_BLANK_LETTERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f")
_BLOCK = re.compile(r"<(?:br|hr|/?(?:p|div|li|ul|ol|dl|dt|dd|tr|table|h[1-6]|blockquote|pre|center|section|article))\b[^>]*>", re.I)
_CELL = re.compile(r"</?t[dh]\b[^>]*>", re.I)
_NO_LETTER = re.compile(r"[\W_]+")
_PLAIN = re.compile(r"[\x20-\x7e\n\t]*")


def seen_text(text: str) -> str:
    """`text` without the characters that nobody can see."""
    if _PLAIN.fullmatch(text):
        return text
    kept = "".join(letter for letter in text if can_be_seen(letter))
    return _RUN_OF_JOINERS.sub("", kept)


def can_be_seen(letter: str) -> bool:
    if letter in _JOINERS or letter in "\n\t":
        return True
    if letter in _BLANK_LETTERS or 0xFE00 <= ord(letter) <= 0xFE0F or 0xE0000 <= ord(letter) <= 0xE0FFF:
        return False
    return unicodedata.category(letter) not in ("Cf", "Cc", "Cs", "Co", "Cn")


def seen_in_html(html: str) -> str:
    """The words of clean HTML that its reader sees unfolded: without quotes and signatures, pictures and titles."""
    out: list[str] = []
    place = 0
    for quote in find_quotes(html):
        out.append(visible_text(html, place, quote.start))
        place = quote.end
    out.append(visible_text(html, place))
    lines = (" ".join(line.split()) for line in seen_text(" ".join(out)).split("\n"))
    return "\n".join(line for line in lines if line)


def as_seen(text: str, html: str, *, new: bool = False) -> str:
    """`text`, where the reader of the clean `html` beside it sees the same words; otherwise the words of the HTML, a line a
    block. What goes out under an agent's name is what the agent saw, whatever the other form of the mail says (H-105).

    `new`: without the quotes and signatures that the HTML marks, as `text` is without its folds.
    """
    if not html:
        return text
    out: list[str] = []
    place = 0
    for quote in find_quotes(html) if new else ():
        out.append(html[place : quote.start])
        place = quote.end
    out.append(html[place:])
    blocks = (_CELL.sub(" ", _BLOCK.sub("\n", " ".join(piece.split()))) for piece in out)
    lines = (" ".join(line.split()) for line in seen_text(unescape(TAG.sub("", "\n".join(blocks)))).split("\n"))
    shown = "\n".join(line for line in lines if line)
    return text if _letters(text) == _letters(shown) else shown


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text).casefold()


def without_folds(body: str, folds: list[list[object]]) -> str:
    """A text body without the parts that are folded away: quoted history and signatures."""
    out: list[str] = []
    place = 0
    for start, end in sorted((int(str(fold[0])), int(str(fold[1]))) for fold in folds if len(fold) == 3):
        if place <= start < end <= len(body):
            out.append(body[place:start])
            place = end
    out.append(body[place:])
    return seen_text("".join(out)).strip()
