"""Mailing lists and bulk mail (RFC 2369, RFC 2919)."""

import re

from mailgate.reading.headers import Headers

_LIST_HEADERS = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "list-subscribe",
    "list-archive",
    "mailing-list",
    "x-mailing-list",
    "x-beenthere",
    "feedback-id",
)
LIST_HEADERS = frozenset({"list-id", "list-post", "list-unsubscribe"})
"""What no mail has that a person wrote to one address."""
_ID = re.compile(r"<([^<>\s]+)>")
_BULK = frozenset({"list", "bulk", "junk"})


def list_id(headers: Headers) -> str:
    """The List-Id without its phrase and brackets; '' when the mail names none."""
    value = headers.text("list-id")
    match = _ID.search(value)
    return (match[1] if match else value.split(" ")[-1].strip("<>")).lower()


def list_evidence(headers: Headers) -> list[str]:
    """The headers that say this came through a list or a bulk sender."""
    found = [name.title() for name in _LIST_HEADERS if headers.has(name)]
    if headers.text("precedence").lower() in _BULK:
        found.append(f"Precedence: {headers.text('precedence')}")
    return found
