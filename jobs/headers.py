"""Writing header fields ourselves: pure functions from values to bytes that no value can break out of.

Identification fields are never encoded and folded at spaces only: written as encoded-words, some clients drop
them and the thread breaks. Everything else is one line of text first, encoded where it is not plain ASCII.
"""

import re
from collections.abc import Sequence
from email.header import Header

from models.addresses import a_label
from models.text import clean_text

LINE = 76
MAX_WORD = 200  # a longer word could not be folded: it goes out encoded
MAX_REFERENCES = 900
MAX_ANCESTORS = 9
MAX_NAME = 100

SAFE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
PLAIN = re.compile(r"[ -~]*")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")  # RFC 5322 atext and spaces: needs no quotes
UNWANTED_IN_NAMES = re.compile(r'["\\<>@]')
BAD_IN_ADDRESS = re.compile(r'[\s<>,;:"\\()\[\]\x00-\x1f\x7f-\x9f\u2028\u2029]')

Field = tuple[str, str]


class Unsendable(ValueError):
    """A value that cannot stand in a mail; says which."""


def one_line(text: str, limit: int) -> str:
    """`text` without line ends and control characters, single-spaced."""
    return " ".join(clean_text(text, limit).split())


def unstructured(name: str, text: str) -> Field:
    """A field of free text, such as Subject. `text` is one line."""
    if PLAIN.fullmatch(text) and "=?" not in text and all(len(word) <= MAX_WORD for word in text.split(" ")):
        return name, fold(len(name) + 2, text.split(" "))
    return name, Header(text, "utf-8", LINE, name).encode(linesep="\r\n")


def ids(name: str, message_ids: Sequence[str]) -> Field:
    """A field of Message-IDs with their brackets, one on each line after the first. Raises `Unsendable`."""
    for message_id in message_ids:
        if not SAFE_ID.fullmatch(message_id):
            raise Unsendable(f"{name}: not a Message-ID: {message_id!r}")
    return name, "\r\n ".join(message_ids)


def people(name: str, pairs: Sequence[tuple[str, str]]) -> Field:
    """A field of `(display name, address)`, one on each line. Raises `Unsendable`."""
    return name, ",\r\n ".join(mailbox(*pair) for pair in pairs)


def mailbox(display_name: str, address: str) -> str:
    """`"Ada (Support)" <support@example.com>`; without a name the address alone."""
    address = wire_address(address)
    shown = display(display_name)
    if not shown:
        return address
    if ATOMS.fullmatch(shown) and "=?" not in shown:
        return f"{shown} <{address}>"
    if PLAIN.fullmatch(shown) and "=?" not in shown:
        return f'"{shown}" <{address}>'
    return f"{Header(shown, 'utf-8', LINE, 'From').encode(linesep=chr(13) + chr(10))}\r\n <{address}>"


def display(name: str) -> str:
    """The name as readers will see it: nothing in it can look like an address or end the quotes."""
    return " ".join(UNWANTED_IN_NAMES.sub(" ", one_line(name, MAX_NAME)).split())


def wire_address(address: str) -> str:
    """`address` with its domain in ASCII. Raises `Unsendable` for what no SMTP command could carry."""
    local, _, domain = address.strip().rpartition("@")
    if not local or not domain or BAD_IN_ADDRESS.search(local + domain) or "@" in local:
        raise Unsendable(f"not an address that mail can be sent to: {address!r}")
    try:
        return f"{local}@{a_label(domain)}"
    except ValueError as trouble:
        raise Unsendable(str(trouble)) from None


def thread(parents: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """In-Reply-To and References for a mail whose `parents`, oldest first, end with the answered one.

    Ids that would not survive the way are left out. The root and the nearest ancestors stay, within 900
    octets (RFC 5322 section 3.6.4 lets the middle go).
    """
    safe = [parent for parent in parents if SAFE_ID.fullmatch(parent)]
    if not safe:
        return None, ()
    answered = safe[-1]
    root, *others = [*dict.fromkeys(parent for parent in safe if parent != answered), answered]
    kept = others[-MAX_ANCESTORS:]
    while kept[1:] and len(" ".join([root, *kept])) > MAX_REFERENCES:
        kept.pop(0)
    return answered, (root, *kept)


def fold(used: int, words: Sequence[str]) -> str:
    """Join `words` by single spaces in lines of 76 columns; `used` columns of the first are taken."""
    lines, line = [], ""
    room = LINE - used
    for word in words:
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, LINE - 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line])


def block(fields: Sequence[Field]) -> bytes:
    """The fields as they go over the wire."""
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
