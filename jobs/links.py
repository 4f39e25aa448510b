"""Finds every web address in a text, also those that only a mail program takes for one, and tells whose they are."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

# One sign for one, so that places in the text stay what they are.
LOOKALIKES = str.maketrans({"．": ".", "｡": ".", "。": ".", "：": ":", "／": "/", "＠": "@", "⁄": "/", "∕": "/", "․": "."})
ENDS_A_SENTENCE = ".,;:!?)]}*_'\"’”»>"

SCHEMES = r"https?|ftps?|data|javascript|vbscript|mailto|tel|sms|file|blob|callto|intent|wss?|cid|about"
ADDRESS = re.compile(
    rf"(?i)(?:[a-z][a-z0-9+.-]{{1,20}}:\s?//\S+|(?<![a-z])(?:{SCHEMES}):(?=\S)\S+|(?<![\w:])//[\w-]+\.\S+"
    r"|(?<![\w@.-])www\.\S+"
    r"|(?<![\w@.-])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?/\S*"
    r"|(?<![\w@.-])(?:[\w-]+\.)+(?P<end>[a-z]{2,24}|xn--[a-z0-9-]+|[\u0370-\u06ff]{2,10})(?![\w@-])(?:[:/?#][^\s<>]*)?)"
)
# Endings of file names and abbreviations that are no top-level domain, or are read as one by nobody.
NO_DOMAINS = frozenset(
    "pdf docx doc xls xlsx csv txt png jpg jpeg gif tif tiff svg html htm xml json js css php exe msi dmg eml ics vcf log"
    " ini yml yaml toml odt ods odp ppt pptx mp3 mp4 avi mkv wav heic webp iso img bin dll jar war deb rpm gz tar rar".split()
)


def without_links(text: str, allowed: Callable[[str], bool], instead: str) -> tuple[str, int]:
    """`text` with every address that is not allowed replaced, and how many went. What replacing uncovers goes too."""
    gone = 0
    for _ in range(4):
        spans = [(start, end) for start, end, link in links_in(text) if not allowed(link)]
        if not spans:
            return text, gone
        gone += len(spans)
        for start, end in reversed(spans):
            text = text[:start] + instead + text[end:]
    return "", gone


def links_in(text: str) -> Iterable[tuple[int, int, str]]:
    """`(start, end, address)` of each address in a text; what ends a sentence is no part of it."""
    for match in ADDRESS.finditer(text.translate(LOOKALIKES)):
        if match["end"] and match["end"].casefold() in NO_DOMAINS and match[0].casefold().endswith(match["end"].casefold()):
            continue
        link = without_end(match[0])
        yield match.start(), match.start() + len(link), link


def without_end(link: str) -> str:
    """`link` without what ends the sentence or closes a bracket that was opened before it."""
    while link and link[-1] in ENDS_A_SENTENCE and not (link[-1] == ")" and link.count("(") >= link.count(")")):
        link = link[:-1]
    return link


def normal(link: str) -> str:
    """The same for two spellings of one address: scheme and host in lower case, no slash at the bare end."""
    parts = urlsplit(link if "//" in link else f"//{link}")
    return f"{parts.scheme.lower() or 'http'}://{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}#{parts.fragment}"


def allowing(texts: Iterable[str], base_url: str) -> Callable[[str], bool]:
    """Who may stay: addresses that occur in `texts`, letter by letter, and those of the desk itself."""
    known = {safely_normal(link) for text in texts for _, _, link in links_in(text)}
    home = urlsplit(base_url)

    def allowed(link: str) -> bool:
        try:
            parts = urlsplit(link)
        except ValueError:  # brackets that hold no address
            return False
        return (parts.scheme, parts.netloc) == (home.scheme, home.netloc) or safely_normal(link) in known - {""}

    return allowed


def safely_normal(link: str) -> str:
    try:
        return normal(link)
    except ValueError:
        return ""
