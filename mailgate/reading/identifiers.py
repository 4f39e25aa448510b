"""Message-IDs out of Message-ID, In-Reply-To and References; kept without their angle brackets."""

import re

from mailgate.reading import caps
from mailgate.reading.headers import Headers

_BRACKETED = re.compile(r"<([^<>]{1,998})>")
_BARE = re.compile(r"[^\s<>,;\"()]+@[^\s<>,;\"()]+")
_SPACE = re.compile(r"\s+")


def message_id(headers: Headers) -> str:
    """The id of the mail itself; '' when there is none."""
    found = _ids(headers.text("message-id"))
    return found[0] if found else ""


def in_reply_to(headers: Headers) -> tuple[str, ...]:
    """The ids this mail says it answers, in the order written."""
    return _unique(_ids(" ".join(headers.all_text("in-reply-to"))))


def references(headers: Headers) -> tuple[str, ...]:
    """The ids of the conversation, oldest first, at most caps.IDS (the newest are kept)."""
    return _unique(_ids(" ".join(headers.all_text("references"))))[-caps.IDS :]


def _ids(text: str) -> list[str]:
    bracketed = [_SPACE.sub("", found) for found in _BRACKETED.findall(text)]
    if bracketed:
        return [found for found in bracketed if found]
    return _BARE.findall(text) or [word.strip("<>") for word in text.split()[:1] if word.strip("<>")]


def _unique(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
