"""The one wash every text from outside gets before Postgres, a template or a browser sees it."""

import re
import unicodedata

# C0 without \t and \n, DEL, C1, lone surrogates: Postgres refuses NUL and surrogates, terminals and
# browsers read the rest as orders (mail-safety F17, H-034).
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(value: str, limit: int) -> str:
    """Return `value` in NFC without control characters and lone surrogates, at most `limit` characters.

    Line ends become '\\n'. `clean_text(clean_text(x, n), n) == clean_text(x, n)` for every x and n >= 0.
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = _UNWANTED.sub("", value)
    return _cut(unicodedata.normalize("NFC", value), limit)


def _cut(value: str, limit: int) -> str:
    """Cut at `limit`, dropping combining marks whose base stays but whose siblings would not."""
    if len(value) <= limit:
        return value
    end = limit
    while end and unicodedata.combining(value[end]):
        end -= 1
    return value[: end or limit]
