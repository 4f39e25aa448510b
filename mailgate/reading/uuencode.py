"""Files written into the text with uuencode ('begin 644 name' … 'end')."""

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n(?=[M -`])", re.M)
_END = re.compile(rb"^end[ \t]*\r?$", re.M)


@dataclass(frozen=True, slots=True)
class UuFile:
    """One uuencoded file: its name as written, and its bytes."""

    filename: bytes
    content: bytes


def decode_uu(body: bytes) -> tuple[list[UuFile], bytes]:
    """Return the files found in `body` and the body without them."""
    files: list[UuFile] = []
    kept: list[bytes] = []
    place = 0
    while match := _BEGIN.search(body, place):
        end = _END.search(body, match.end())
        stop = end.start() if end else len(body)
        content = _lines(body[match.end() : stop])
        if content is None:
            kept.append(body[place : match.end()])
            place = match.end()
            continue
        kept.append(body[place : match.start()])
        files.append(UuFile(match[1].strip(), content))
        place = end.end() if end else len(body)
    kept.append(body[place:])
    return files, b"".join(kept)


def _lines(block: bytes) -> bytes | None:
    out = []
    for line in block.splitlines():
        if not line.strip():
            continue
        wanted = (line[0] - 32) & 63
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # trailing garbage or cut blanks: what the length byte promises is enough
            needed = (wanted * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu((line[:1] + line[1:needed].ljust(needed - 1))[:needed]))
            except binascii.Error:
                return None
        if wanted == 0:
            break
    return b"".join(out)
