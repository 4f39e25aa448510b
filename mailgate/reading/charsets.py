"""Bytes to text: the declared charset, then UTF-8, then a guess, then Windows-1252; never an exception.

Only text charsets are allowed (H-035): Python's codec names also reach zlib, rot13 and unicode_escape.
Labels are read as browsers read them (WHATWG encoding standard): most mail that says ISO-8859-1 is
Windows-1252, most GB2312 is GB18030.
"""

import codecs
import re

import chardet

_FAMILIES: dict[str, str] = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso646-us": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "8859-1": "cp1252",
    "ansi": "cp1252",
    "default": "cp1252",
    "x-ansi": "cp1252",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-8": "utf-8",
    "utf_8": "utf-8",
    "utf8mb4": "utf-8",
    "cp65001": "utf-8",
    "utf-8-sig": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "x-gbk": "gb18030",
    "euc-cn": "gb18030",
    "gb_2312-80": "gb18030",
    "gb18030": "gb18030",
    "hz-gb-2312": "hz",
    "hz": "hz",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "korean": "cp949",
    "cp949": "cp949",
    "uhc": "cp949",
    "iso-2022-kr": "iso2022_kr",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "ms_kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-1": "iso2022_jp_ext",
    "iso-2022-jp-2": "iso2022_jp_2",
    "iso-2022-jp-3": "iso2022_jp_3",
    "cp50220": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cp50222": "iso2022_jp_ext",
    "euc-jp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cp950": "cp950",
    "euc-tw": "cp950",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-macintosh": "mac_roman",
    "mac": "mac_roman",
    "utf-16": "utf-16",
    "unicode": "utf-16",
    "utf-7": "utf-7",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "koi8-ru": "koi8_u",
}
_ALLOWED = frozenset(
    {
        "utf-8",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-32-le",
        "utf-32-be",
        "utf-7",
        "hz",
        "gb18030",
        "big5",
        "big5hkscs",
        "cp949",
        "cp932",
        "euc_jp",
        "johab",
        "iso2022_kr",
        "iso2022_jp",
        "iso2022_jp_1",
        "iso2022_jp_2",
        "iso2022_jp_3",
        "iso2022_jp_ext",
        "koi8-r",
        "koi8-u",
        "koi8-t",
        "mac-roman",
        "mac-cyrillic",
        "mac-greek",
        "mac-latin2",
        "mac-turkish",
        "tis-620",
        "kz1048",
        "ptcp154",
    }
)
_NUMBERED = re.compile(r"(?:iso8859-(?:[2-9]|1[0-6])|cp(?:1\d\d|4\d\d|7\d\d|8\d\d|9\d\d|125\d|1125))\Z")
_WINDOWS = re.compile(r"(?:windows|win|cp|ibm|x-cp|ms)[-_ ]?(\d{3,5})\Z")
_ISO = re.compile(r"iso[-_ ]?8859[-_ ]?(\d{1,2})\Z")
_ESCAPED = (b"\x1b$", b"\x1b(")
_ONE_BYTE_GUESSES = frozenset({"ascii", "iso8859-1", "cp1252", "utf-8"})
_JIS_RUN = re.compile(rb"(\x1b\$?\(?[@BJI]|\A)([^\x1b]*)")
_GUESS_BYTES = 8 * 1024
_GUESS_FROM = 4  # fewer high bytes than these say nothing about a language


def codec_for(label: str) -> str:
    """Return the Python codec for a charset label of a mail, or '' when it is unknown or no text charset."""
    label = label.strip().strip("\"'").lower()
    if not label or len(label) > 40:
        return ""
    if label in _FAMILIES:
        return _FAMILIES[label]
    if match := _ISO.match(label):
        return _FAMILIES.get(f"iso-8859-{match[1]}") or _known(f"iso8859-{match[1]}")
    if match := _WINDOWS.match(label):
        return _FAMILIES.get(f"cp{match[1]}") or _known(f"cp{match[1]}")
    return _known(label)


def _known(label: str) -> str:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    name = _FAMILIES.get(name, name)
    return name if name in _ALLOWED or _NUMBERED.match(name) or name == "cp1252" else ""


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
