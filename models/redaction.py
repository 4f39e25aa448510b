"""Takes out of a text what must not travel: secrets from every text, and people from other people's.

`without_secrets` is for the ticket at hand: sign-up codes, passwords, cards and accounts are nobody's business,
least of all a model's (mail-safety H-165). `without_people` is for other customers' tickets, of which only the
way they were solved is wanted.
"""

import re
from collections.abc import Iterable

CODE = re.compile(
    r"(?i)\b(?:(?:one[- ]time|verification|confirmation|security|sign[- ]?(?:up|in)|log[- ]?in|access|reset|auth\w*|2fa|your)"
    r"\s+(?:pass)?code|(?<!\w\s)code(?=:)|otp|pin|tan|einmal\w*|(?:bestätigungs|sicherheits|zugangs)code"
    r"|code de vérification|código de verificación)\b"
    r"(?P<between>[^\n\w]{0,3}(?:(?:is|ist|lautet|est|es|for|to|log ?in|sign ?in|below|here|number|no)\b[^\n\w]{0,3}){0,3})"
    r"(?P<secret>\d{2,4}(?: \d{2,4}){1,3}|(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{2,15}[A-Z0-9])\b"
)
PASSWORD = re.compile(
    r"(?i)\b(?:password|passwort|kennwort|passphrase|pass ?word|pwd|mot de passe|contraseña|wachtwoord|api[ _-]?key"
    r"|secret(?: key)?|token)\b(?P<between>\s{0,5}(?:is|ist|lautet|est|es|:|=|->|:\s{0,5}is)\s{0,5}[\"'“„]?)(?P<secret>[^\s\"'”]{3,})"
)
SECRET_TOKEN = re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp]|AKIA|AIza|eyJ)[-_A-Za-z0-9.]{16,}")
CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")

LINK = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]{1,10}://|www\.)[^\s<>\"']+")
EMAIL = re.compile(r"[^\s<>\"'(),;:@\[\]]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
PHONE = re.compile(r"(?<![\w-])#?\+?\(?\d[\d ()/.-]{5,24}\d(?![\w-])")
NUMBERED = re.compile(r"(?<!\w)#?(?=(?:[^\W\d]|[/-]){0,40}\d(?:[^\W\d]|[/-]){0,40}\d(?:[^\W\d]|[/-]){0,40}\d)[A-Za-z0-9][\w/-]{0,80}")
STREET = re.compile(
    r"(?i)\b(?:\d{1,5}[a-z]?\s{1,3}(?:(?-i:[A-Z])[\w.'’-]{0,40}\s{1,3}){1,4}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|way|court|square|terrace|close)\b"
    r"|[\w.'’-]{1,40}\s?(?:straße|strasse|str\.|weg|gasse|platz|allee|ring|laan|straat|plein)\s{1,3}\d{1,4}\s?[a-z]?\b"
    r"|(?:rue|avenue|calle|via|plaza)\s{1,3}(?:[\w.'’-]{1,40}\s{1,3}){1,4}\d{1,4}\b|\d{1,4},?\s{1,3}rue\s{1,3}[\w '’-]{1,60})"
)
GREETED = re.compile(
    r"(?im)^(?P<hail>[ \t]{0,8}(?:dear|hi|hello|hey|good (?:morning|day|evening)|hallo|liebe[rs]?|guten (?:tag|morgen|abend)"
    r"|sehr geehrte[rs]?|moin|bonjour|chère?|hola|estimad[oa]|ciao|beste|geachte)[ \t]{1,8})(?P<who>[^\n,!.:;]{1,60})"
)
CLOSED = re.compile(
    r"(?im)^[ \t]{0,8}(?:(?:best|kind|warm|many)[ \t]{1,8})?(?:regards|wishes|greetings|thanks|cheers|sincerely|yours(?: truly| sincerely)?"
    r"|(?:mit )?(?:freundlichen|besten|herzlichen|viele|liebe|beste) grüße?n?|cordialement|saludos|groeten|cordiali saluti)"
    r"[ \t]{0,8}[,.!]?[ \t]{0,8}\n[\s\S]*\Z"
)


def without_secrets(text: str) -> str:
    """`text` with codes, passwords, keys, card and account numbers replaced by what they were."""
    text = SECRET_TOKEN.sub("[key]", text)
    text = CODE.sub(lambda found: keep_all_but_secret(found, "[code]"), text)
    text = PASSWORD.sub(lambda found: keep_all_but_secret(found, "[password]"), text)
    text = IBAN.sub("[account]", text)
    return CARD.sub(lambda found: "[card]" if is_card(found[0]) else found[0], text)


def keep_all_but_secret(found: re.Match[str], instead: str) -> str:
    return found[0][: found.start("secret") - found.start()] + instead


def is_card(digits: str) -> bool:
    """Whether the digits could be a payment card's: the checksum of ISO/IEC 7812."""
    numbers = [int(digit) for digit in reversed(digits) if digit.isdigit()]
    doubled = [2 * number - 9 if number > 4 else 2 * number for number in numbers[1::2]]
    return (sum(numbers[0::2]) + sum(doubled)) % 10 == 0


def without_people(text: str, names: Iterable[str]) -> str:
    """`text` of another customer's ticket without who it was: names, addresses, numbers, greeting and farewell.

    `names` are those of everybody on that ticket; each of their words goes, wherever it stands.
    """
    text = CLOSED.sub("", without_secrets(text))
    text = LINK.sub("[link]", text)
    text = EMAIL.sub("[address]", text)
    text = STREET.sub("[address]", text)
    text = GREETED.sub(lambda found: f"{found['hail']}[name]", text)
    for word in sorted(words_of(names), key=len, reverse=True):
        text = re.sub(rf"(?i)(?<!\w){re.escape(word)}(?:'s|’s)?(?!\w)", "[name]", text)
    text = NUMBERED.sub("[number]", PHONE.sub("[number]", text))
    return re.sub(r"\[name\](?:[ -]+\[name\])+", "[name]", text).strip()


def words_of(names: Iterable[str]) -> set[str]:
    """The words of names and of the local parts of addresses that are long enough to be told from others."""
    words = (word for name in names for word in re.findall(r"\w+", name.partition("@")[0]))
    return {word for word in words if len(word) > 2 and not word.isdigit()}
