"""Bytes to text: the declared charset, then UTF-8, then a guess, then Windows-1252; never an exception.

The ladder of mail-safety H-035; which codec a label means is in `charset_names`.
"""

import codecs
import re

import chardet

from mailgate.reading.charset_names import codec_for

_ESCAPED = (b"\x1b$", b"\x1b(")
_ONE_BYTE_GUESSES = frozenset({"ascii", "iso8859-1", "cp1252", "utf-8"})
_JIS_RUN = re.compile(rb"(\x1b\$?\(?[@BJI]|\A)([^\x1b]*)")
_GUESS_BYTES = 8 * 1024
_GUESS_FROM = 4  # fewer high bytes than these say nothing about a language


def decode(data: bytes, declared: str = "", hint: str = "") -> str:
    """Decode `data`; `declared` is its label, `hint` the label to prefer when there is none or it lies."""
    if data.startswith(codecs.BOM_UTF8):
        data, declared = data[3:], "utf-8"
    codec = codec_for(declared)
    if data.isascii() and not (codec in ("utf-7", "hz") or codec.startswith(("iso2022", "utf-16", "utf-32"))):
        if any(mark in data for mark in _ESCAPED):
            return _strictly(data, "iso2022_jp_ext") or data.decode("ascii")
        return data.decode("ascii")
    if codec in ("utf-16", "utf-32") and not _looks_wide(data):
        codec = ""
    if codec and codec != "cp1252":
        text = _strictly(data, codec)
        if text is None and codec.startswith("iso2022_jp"):
            text = _japanese(data)
        if text is not None:
            return text
        if _mostly_right(data, codec):
            return data.decode(codec, "replace")
    text = _strictly(data, "utf-8")
    if text is not None:
        return text
    if codec == "cp1252" and declared.lower() not in ("us-ascii", "ascii"):
        return _western(data)
    return _guessed(data, codec_for(hint))


def _guessed(data: bytes, hint: str) -> str:
    if hint and hint not in ("utf-8", "cp1252"):
        text = _strictly(data, hint)
        if text is not None:
            return text
    if _mostly_right(data, "utf-8"):
        return data.decode("utf-8", "replace")
    if sum(byte > 127 for byte in data[:_GUESS_BYTES]) < _GUESS_FROM:
        return _western(data)
    guess = chardet.detect(data[:_GUESS_BYTES])
    codec = codec_for(guess.get("encoding") or "")
    if codec and codec not in _ONE_BYTE_GUESSES and (guess.get("confidence") or 0) >= 0.5:
        text = _strictly(data, codec)
        if text is not None:
            return text
    return _western(data)


def _japanese(data: bytes) -> str | None:
    """ISO-2022-JP as Windows writes it (NEC and IBM characters): its double bytes read as Shift_JIS."""
    out = []
    for escape, run in _JIS_RUN.findall(data):
        if escape not in (b"\x1b$B", b"\x1b$@"):
            half = escape == b"\x1b(I"
            out.append(bytes(byte | 0x80 for byte in run) if half else run)
            continue
        for high, low in zip(run[::2], run[1::2], strict=False):
            row = (high - 0x21) // 2 + (0x81 if high < 0x5F else 0xC1)
            cell = low + (0x1F if low < 0x60 else 0x20) if high % 2 else low + 0x7E
            out.append(bytes((row & 0xFF, cell & 0xFF)))
    return _strictly(b"".join(out), "cp932")


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None
    return text.removeprefix("\ufeff")


def _mostly_right(data: bytes, codec: str) -> bool:
    """Whether the wrong bytes are rare: a cut character or two must not change the charset of a page."""
    if codec != "utf-8" and not codec.startswith(("gb", "cp9", "big5", "euc", "iso2022")):
        return False
    text = data.decode(codec, "replace")
    wrong = text.count("\ufffd")
    right = sum(1 for letter in text[:20_000] if letter > "\x7f") - wrong
    return right > 3 * wrong


def _western(data: bytes) -> str:
    """Windows-1252 with its five holes read as Latin-1, as browsers do: every byte has a meaning."""
    return data.decode("cp1252", "postroom.latin1")


def _hole(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("postroom.latin1", _hole)


def _looks_wide(data: bytes) -> bool:
    return (
        data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or data[:200].count(0) > len(data[:200]) // 4
    )
