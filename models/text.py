"""The one wash every text from outside gets before Postgres, a template or a browser sees it."""

import re
import unicodedata

# C0 without \t and \n, DEL, C1, lone surrogates: Postgres refuses NUL and surrogates, terminals and
# browsers read the rest as orders (mail-safety F17, H-034).
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MARK = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_STACKED = re.compile(f"([{_MARK}]{{8}})[{_MARK}]+")


def clean_text(value: str, limit: int) -> str:
    """Return `value` in NFC without control characters and lone surrogates, at most `limit` characters.

    Line ends become '\\n'; at most eight combining marks stay on one letter (H-041).
    `clean_text(clean_text(x, n), n) == clean_text(x, n)` for every x and n >= 0.
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = _UNWANTED.sub("", value)
    if not value.isascii():  # nothing to compose and nothing stacked in plain letters
        value = _STACKED.sub(r"\1", unicodedata.normalize("NFC", value))
    return _cut(value, limit)


def is_clean(value: str) -> bool:
    """Whether `value` holds nothing that `clean_text` would have to remove for the database's sake."""
    return _UNWANTED.search(value) is None


def _cut(value: str, limit: int) -> str:
    """Cut at `limit`, or before a letter whose combining marks would be cut off."""
    if len(value) <= limit:
        return value
    end = limit
    while end and unicodedata.combining(value[end]):
        end -= 1
    return value[: end or limit]
