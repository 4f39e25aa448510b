"""Lines that separate: 'Original Message', forwards, 'reply above this line', rules, list footers,
signatures.
"""

import re

from mailgate.folding import words
from mailgate.folding.lines import Line

_ORIGINAL = re.compile(
    rf"[-_*=~\s>]*(?:-{{2,}}|_{{2,}}|\*{{2,}}|={{3,}})\s*(?:{words.ORIGINAL})[^\n]{{0,60}}\Z", re.I
)
_ORIGINAL_BARE = re.compile(rf"[-_*=\s]*(?:{words.ORIGINAL})\s*[:：]?\s*[-_*=]*\Z", re.I)
_RULED_NAME = re.compile(rf"-{{2,}}\s?\S.{{0,80}}\s(?:{words.WROTE})\s?:?\s?-{{2,}}\s*\Z", re.I)
_FORWARDED = re.compile(
    rf"[-_*=~\s]*(?:[^\W\d_]{{2,12}}\s)?(?:{words.FORWARDED})(?:[^\n]{{0,60}}\Z|\s*[-_*=~]{{2,}}\s+\S)", re.I
)
_MARKED = re.compile(r"[-_*=~]{2,}|[:：]\s*\Z")
_THANKS = re.compile(rf"(?:{words.THANKS})\s*[,!]\s*\Z", re.I)
_SCRAP = re.compile(r"\(?https?://\S+\)?\s*>?\Z|[\w.-]*[=&?%][^\s]*\)?\s*>?\Z")
_RULES = "-#=*_"
_SENT_FROM_WORDS = 8
_CLOSING = re.compile(rf"[*_]*(?:{words.CLOSINGS})[*_]*\s*[,.!]*\s*\Z", re.I)
_RULE = re.compile(r"(?:_{5,}|-{5,}|={5,}|\*{5,}|—{3,}|─{5,})\s*\Z")
_REPLY_ABOVE = re.compile(rf"(?:{words.REPLY_ABOVE})", re.I)
_DASHES = re.compile(r"(?:--|—|__|–)\s*\Z")
_DASH_NAME = re.compile(r"[-—–]\s?[A-ZÀ-ÞЀ-Я][\w.'’-]*(?: [A-ZÀ-ÞЀ-Я][\w.'’-]*){0,3}\Z")
_SENT_FROM = re.compile(rf"[*_]*(?:{words.SENT_FROM}).{{0,80}}\Z", re.I)
_LIST_FOOTER = re.compile(
    r"_{20,}\s*\Z|-{40,}\s*\Z|you received this message because|to unsubscribe from this", re.I
)


def is_original_mark(line: Line) -> bool:
    """'-----Original Message-----' and its translations, and the '---- Ada wrote ----' of telephones."""
    if line.plain[:2] == "--" and _RULED_NAME.match(line.plain):
        return True
    return bool(_ORIGINAL.match(line.plain)) or bool("-" in line.plain and _ORIGINAL_BARE.match(line.plain))


def is_forward_mark(line: Line) -> bool:
    """'---------- Forwarded message ---------', 'Begin forwarded message:' and their translations."""
    return bool(_FORWARDED.match(line.plain)) and bool(_MARKED.search(line.plain))


def is_rule(line: Line) -> bool:
    """A line of dashes or underscores."""
    return bool(_RULE.match(line.plain))


def is_reply_above(lines: list[Line], index: int) -> bool:
    """'Please type your reply above this line', on one line or wrapped on two."""
    plain = lines[index].plain
    if len(plain) > 200 or not plain:
        return False
    lowered = plain.lower()
    if plain[0] not in _RULES and not any(stem in lowered for stem in words.ABOVE):
        return False
    if _REPLY_ABOVE.search(plain):
        return True
    following = lines[index + 1].plain if index + 1 < len(lines) else ""
    return plain[0] in _RULES and bool(_REPLY_ABOVE.search(f"{plain} {following}"[:300]))


def is_signature_dashes(line: Line) -> bool:
    """'-- ' alone (RFC 3676 §4.3), also as mail clients without its blank write it."""
    return bool(_DASHES.match(line.plain)) and not line.quoted


def is_dash_name(line: Line) -> bool:
    """'- Ada', '-Ada Lovelace': a name signed with a dash."""
    return bool(_DASH_NAME.match(line.plain)) and not line.quoted


def is_sent_from(line: Line) -> bool:
    """'Sent from my …' in any language; a whole sentence that only starts so is none."""
    if len(line.plain) > 110 or not _SENT_FROM.match(line.plain):
        return False
    return len(line.plain.split()) <= _SENT_FROM_WORDS or "://" in line.plain


def is_list_footer(line: Line) -> bool:
    """The rule or the sentence a mailing list puts under each mail."""
    return bool(_LIST_FOOTER.match(line.plain)) and not line.quoted


def is_closing(line: Line) -> bool:
    """'Kind regards,' and its translations, alone on a line."""
    return not line.quoted and len(line.plain) < 50 and bool(_CLOSING.match(line.plain))


def is_thanks(line: Line) -> bool:
    """'Thank you,' alone on a line: a sign-off only when a name follows."""
    return not line.quoted and bool(_THANKS.match(line.plain))


def is_scrap(line: Line) -> bool:
    """A piece of a link that wrapping left without its quote mark."""
    return bool(_SCRAP.match(line.plain))
