"""Facts in a text that can be wrong: amounts, dates, numbers, addresses, words that grant something.

A fact is compared by what it says and not by how it is written: `10,000` and `10 000` are one number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.redaction import EMAIL, STREET

NUMBER = r"\d{1,40}(?:[.,'’\u00a0\u202f ]\d{1,40}){0,12}"  # the sign between is no option: else no end of ways to read it
CURRENCIES = {"€": "eur", "euro": "eur", "euros": "eur", "$": "usd", "dollar": "usd", "dollars": "usd", "£": "gbp"}
CURRENCIES |= {"pound": "gbp", "pounds": "gbp", "percent": "%", "prozent": "%", "¥": "jpy", "yen": "jpy"}
CURRENCY = r"[$€£¥%]|\b(?:usd|eur|gbp|chf|jpy|sek|nok|dkk|pln|euros?|dollars?|pounds?|yen|percent|prozent)\b"
AMOUNT = re.compile(rf"(?i)(?:(?P<before>{CURRENCY})\s?(?P<a>{NUMBER})|(?<!\d)(?P<b>{NUMBER})\s?(?P<after>{CURRENCY}))")
MONTHS = (
    r"jan(?:uar|uary|\.)?|feb(?:ruar|ruary|\.)?|mar(?:ch|\.)?|märz|apr(?:il|\.)?|ma[iy]|jun[ei]?|jul[iy]?|aug(?:ust|\.)?"
    r"|sep(?:t|tember|\.)?|o[ck]t(?:ober|\.)?|nov(?:ember|\.)?|de[cz](?:ember|\.)?"
)
DATE = re.compile(
    rf"(?i)\b(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s?(?:of\s)?(?:{MONTHS})(?:\s?\d{{4}})?|(?:{MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})?)(?!\w)"
)
WEEKDAY = re.compile(
    r"(?i)\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:mon|diens|donners|frei|sams|sonn)tag\b|\bmittwoch\b"
)
CODE_LIKE = re.compile(r"(?<!\w)#?(?=[\w/-]{0,60}\d)(?=[\w/-]{0,60}[A-Za-z])[A-Za-z0-9][\w/-]{2,80}(?<=\w)")
PLAIN_NUMBER = re.compile(rf"(?<![\w]){NUMBER}(?!\w)")
ITEM = re.compile(r"^\s*\d{1,2}[.)](?=\s)")
GRANTS = re.compile(
    r"(?i)\b(?:approved|granted|guarantee[ds]?|refunded|reimbursed|waived|compensated|free of charge|genehmigt|bewilligt"
    r"|erstattet|garantier\w+|kostenlos|remboursé\w*|garanti\w*|reembolsad\w+)\b"
)


@dataclass(frozen=True)
class Fact:
    """`text[start:end]` of kind 'amount', 'date', 'address', 'number' or 'promise'; `says` is what it comes to."""

    start: int
    end: int
    kind: str
    says: str


def facts_in(text: str) -> Iterator[Fact]:
    """The facts of a text, none within another, the telling kinds first."""
    taken = bytearray(len(text))
    if item := ITEM.match(text):
        taken[: item.end()] = b"1" * item.end()
    for kind, pattern in KINDS:
        for match in pattern.finditer(text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"1" * len(match[0])
                yield Fact(match.start(), match.end(), kind, meaning(kind, match))


KINDS = (
    ("address", EMAIL),
    ("address", STREET),
    ("amount", AMOUNT),
    ("date", DATE),
    ("date", WEEKDAY),
    ("number", CODE_LIKE),
    ("number", PLAIN_NUMBER),
    ("promise", GRANTS),
)


def meaning(kind: str, match: re.Match[str]) -> str:
    if kind == "amount":
        unit = (match["before"] or match["after"]).lower()
        return digits(match["a"] or match["b"]) + CURRENCIES.get(unit, unit)
    if kind == "number" and not re.search(r"[A-Za-z]", match[0]):
        return digits(match[0])
    return re.sub(r"[\s.,#]+", "", match[0]).casefold()


def digits(number: str) -> str:
    return re.sub(r"\D", "", number).lstrip("0") or "0"
