"""Mail headers made readable for a page: unfolded, encoded words decoded, control characters gone."""

from email.errors import HeaderParseError
from email.header import decode_header

from models.text import clean_text

LONGEST = 2_000
MOST_ENCODED = 10_000  # beyond this, decoding costs more than reading is worth


def readable(value: object) -> str:
    """A raw header value as text. What cannot be decoded is shown as it came."""
    text = " ".join(str(value).split())
    if len(text) <= MOST_ENCODED:
        try:
            text = "".join(decoded(part, charset) for part, charset in decode_header(text))
        except (HeaderParseError, ValueError):
            pass  # shown as it came
    return clean_text(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), LONGEST)


def decoded(part: str | bytes, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    try:
        return part.decode(charset or "utf-8", "replace")
    except LookupError:  # a charset nobody knows
        return part.decode("latin-1")
