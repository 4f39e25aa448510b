"""Pictures among the words of a mail: each shown by a Content-ID of our own making, so that no stranger's name stands in it.

Pure: HTML and files in, HTML and parts out. A picture that the mail does not bring along is left out.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import unquote

from jobs.letter import File

PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
SOURCE = re.compile(r'\ssrc="([^"]*)"', re.IGNORECASE)
ALT = re.compile(r'\salt="([^"]*)"', re.IGNORECASE)
KINDS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True)
class Placed:
    """HTML whose pictures are `inline` files; the other files are attachments."""

    html: str
    inline: tuple[tuple[str, File], ...]  # with the Content-ID each is shown by
    attached: tuple[File, ...]


def placed(html: str, files: Sequence[File], domain: str) -> Placed:
    """Put the files that `html` shows into their places; `domain` ends the Content-IDs."""
    by_id = {file.content_id: file for file in files if file.content_id and file.content_type in KINDS}
    used: dict[str, File] = {}

    def put(found: re.Match[str]) -> str:
        source = SOURCE.search(found[0])
        named = unquote(unescape(source[1])).strip() if source else ""
        file = by_id.get(named.removeprefix("cid:").strip("<>")) if named.startswith("cid:") else None
        alt = ALT.search(found[0])
        if file is None or source is None:
            return f"[{alt[1]}]" if alt and alt[1] else ""
        content_id = f"{hashlib.sha256(file.content_id.encode() + file.data).hexdigest()[:24]}@{domain}"
        used[content_id] = file
        return found[0].replace(source[0], f' src="cid:{escape(content_id)}"')

    shown = PICTURE.sub(put, html)
    taken = set(map(id, used.values()))
    return Placed(shown, tuple(used.items()), tuple(file for file in files if id(file) not in taken))
