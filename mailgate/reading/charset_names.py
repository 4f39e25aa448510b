"""Which Python codec a charset label of a mail means; '' for unknown labels and for codecs that are no charset.

Only text charsets are allowed (H-035): Python's codec names also reach zlib, rot13 and unicode_escape.
Labels are read as browsers read them (WHATWG encoding standard): most mail that says ISO-8859-1 is
Windows-1252, most GB2312 is GB18030.
"""

import codecs
import re

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
