"""Content-Transfer-Encoding undone, damage included: whatever bytes can be had are had."""

import base64
import binascii
import re

from mailgate.reading.uuencode import decode_uu

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_PAD_INSIDE = re.compile(rb"={1,2}(?=[A-Za-z0-9+/])")


def decode_body(body: bytes, encoding: str) -> tuple[bytes, bool]:
    """Return the decoded bytes and whether they came through whole."""
    encoding = encoding.split(";", 1)[0].strip().strip("\"'").lower()
    if encoding in ("base64", "b", "base-64"):
        return _base64(body)
    if encoding in ("quoted-printable", "quotedprintable", "q", "quoted_printable"):
        return _quoted_printable(body), True
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        files, _ = decode_uu(body if b"begin " in body else b"begin 644 file\n" + body.lstrip() + b"\nend\n")
        return (files[0].content, True) if files else (body, False)
    return body, encoding in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "utf-8", "none")


def _base64(body: bytes) -> tuple[bytes, bool]:
    data = body.strip()
    try:
        return base64.b64decode(data, validate=False), True
    except binascii.Error:
        pass
    clean = _NOT_BASE64.sub(b"", data)
    whole = True
    out = []
    for piece in _PAD_INSIDE.split(clean):  # several encodings glued together
        piece = piece.rstrip(b"=")
        if len(piece) % 4 == 1:
            piece, whole = piece[:-1], False
        out.append(base64.b64decode(piece + b"=" * (-len(piece) % 4)))
    return b"".join(out), whole


def _quoted_printable(body: bytes) -> bytes:
    return binascii.a2b_qp(body)
