"""HTML to plain text, by inscriptis, with the spans of quotes and signatures the HTML marks."""

import re

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError

from mailgate.inbound import Fold
from models.html_quotes import find_quotes
from models.html_tokens import TAG, visible_text

_CONFIG = ParserConfig(css=CSS_PROFILES["strict"].copy(), display_links=False, display_images=False)
# Attributes and tags inside a line make no difference to the text but to the time inscriptis takes.
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|em|font|i|ins|kbd|mark|samp|small|span|strong|u|var)>"
)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")
# Private-use letters that stand in for the ends of a quote while the HTML becomes text.
_MARKS = {"quote": ("\ue0f0", "\ue0f1"), "signature": ("\ue0f2", "\ue0f1")}
_ANY_MARK = re.compile("[\ue0f0-\ue0f2]")


def html_to_text(clean: str) -> tuple[str, tuple[Fold, ...]]:
    """Return the readable text of clean HTML and the folds its marks stand for; never raises."""
    if not clean.strip():
        return "", ()
    marked = _INLINE.sub("", TAG.sub(r"<\1\2>", _marked(_ANY_MARK.sub("", clean))))
    try:
        text = get_text(f"<body>{marked}</body>", _CONFIG)
    except (LxmlError, ValueError, RecursionError, AssertionError, IndexError):
        text = visible_text(marked)
    lines = [line.rstrip() for line in text.replace("\u00a0", " ").split("\n")]
    return _unmarked(_BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n"))


def _marked(clean: str) -> str:
    out: list[str] = []
    place = 0
    for quote in find_quotes(clean):
        opens, closes = _MARKS[quote.kind]
        out += (clean[place : quote.start], opens, clean[quote.start : quote.end], closes)
        place = quote.end
    out.append(clean[place:])
    return "".join(out)


def _unmarked(text: str) -> tuple[str, tuple[Fold, ...]]:
    out: list[str] = []
    folds: list[Fold] = []
    length = place = 0
    opened: tuple[int, str] | None = None
    for match in _ANY_MARK.finditer(text):
        out.append(text[place : match.start()])
        length += match.start() - place
        place = match.end()
        if match[0] == "\ue0f1":
            if opened and length > opened[0]:
                folds.append(Fold(opened[0], length, opened[1]))  # type: ignore[arg-type]
            opened = None
        else:
            opened = (length, "quote" if match[0] == "\ue0f0" else "signature")
    out.append(text[place:])
    return "".join(out), tuple(folds)
