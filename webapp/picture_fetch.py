"""Fetches a picture that a mail points to elsewhere, so that the sender never learns who looked, from where, and with what.

From public addresses only, each redirect looked at anew; at most five seconds and five megabytes; no cookie, no referrer,
no name but our own; and only what begins like a picture comes back (mail-safety H-108).
"""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from models.safe_connection import Deadline, NotAllowed, Resolve, addresses_of, allowed_address, connection_to, is_public
from webapp.pictures import can_be_drawn, picture_type

SECONDS = 5.0  # for all of it, redirects too; only the look-up of a name has the resolver's own limit
MOST_OCTETS = 5 * 1024 * 1024
MOST_REDIRECTS = 3
LONGEST_URL = 8_000
SETTING = "PICTURE_PRIVATE_ADDRESSES"

HEADERS = {"User-Agent": "Postroom-Pictures", "Accept": "image/png, image/jpeg, image/gif, image/webp", "Connection": "close"}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SAFE_IN_A_TARGET = "/%:@!$&'()*+,;=~-._?"


class NoPicture(Exception):
    """There is none to be had; the words say why, and hold nothing of the other side's."""


@dataclass(frozen=True)
class Picture:
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Ways:
    """Where we go: how names are looked up, and which addresses count as the open internet."""

    private_too: bool
    resolve: Resolve = addresses_of
    public: Callable[[str], bool] = is_public


def fetch_picture(url: str, ways: Ways, *, seconds: float = SECONDS) -> Picture:
    """The picture at `url`. Raises `NoPicture`, and nothing else for what the other side or its name does."""
    try:
        with Deadline(seconds) as deadline:
            for _ in range(MOST_REDIRECTS + 1):
                answer = ask(readable(url), ways, deadline)
                if isinstance(answer, bytes):
                    return as_picture(answer)
                url = urljoin(url, answer)
    except NotAllowed as refused:
        raise NoPicture(str(refused)) from None
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as trouble:
        raise NoPicture(f"no answer: {type(trouble).__name__}") from None
    raise NoPicture("it sends us from one place to the next")


def readable(url: str) -> SplitResult:
    """The address in its parts. Raises `NoPicture` for what is none of the web's."""
    parts = urlsplit(url) if len(url) <= LONGEST_URL else SplitResult("", "", "", "", "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NoPicture("this is no address of the web")
    return parts


def ask(parts: SplitResult, ways: Ways, deadline: Deadline) -> bytes | str:
    """What is there, or where it sends us."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = allowed_address(ways.resolve(host, port), ways.private_too, SETTING, ways.public)
    connection = connection_to(parts.scheme, host, port, address, max(deadline.left, 0.1), deadline)
    try:
        connection.request("GET", target_of(parts), headers=HEADERS)
        answer = connection.getresponse()
        if answer.status in REDIRECTS:
            return answer.headers.get("Location", "")
        if answer.status != http.client.OK:
            raise NoPicture(f"it answered {answer.status}")
        return read_all(answer, deadline)
    finally:
        connection.close()


def read_all(answer: http.client.HTTPResponse, deadline: Deadline) -> bytes:
    """The body, if it ends within the limits. A body that the deadline cut off is no picture."""
    content = bytearray()
    while chunk := answer.read1(65_536):
        content += chunk
        if len(content) > MOST_OCTETS:
            raise NoPicture("it is larger than five megabytes")
    if deadline.left <= 0:
        raise NoPicture("it took longer than five seconds")
    if answer.length:
        raise NoPicture("it ended too soon")
    return bytes(content)


def target_of(parts: SplitResult) -> str:
    """Path and query as a request line holds them; what the sender left unencoded is encoded."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(target, safe=SAFE_IN_A_TARGET)


def as_picture(content: bytes) -> Picture:
    kind = picture_type(content)
    if kind is None:
        raise NoPicture("what is there is no picture")
    if not can_be_drawn(content):
        raise NoPicture("it has more pixels than a browser should hold")
    return Picture(content, kind)
