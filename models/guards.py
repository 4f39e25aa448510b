"""Questions before a mail goes out: small pure rules, each of which may ask once. None of them stops anybody for good.

A rule is a function from what is about to be sent to the words it wants to be sure about; '' means that all is well. The
table below is their order and their names; what a reader is asked stands with the page and the API that ask it.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from models.guard_words import ATTACHED, GREETINGS, INTERNAL, NOBODY, THEIRS

LONG_ENOUGH = 30  # characters of a note that occur in a reply by no accident

_GREETING = re.compile(
    rf"^\W*(?:{'|'.join(sorted(GREETINGS.split(), key=len, reverse=True))})\b[ \t,]+(?P<name>[^\n,!.;:?–—-]{{1,60}})", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass(frozen=True)
class Reader:
    """Somebody who would get the mail. `stopped` says why mail does not reach the address, '' where it does."""

    address: str  # normalised
    name: str = ""
    stopped: str = ""


@dataclass(frozen=True)
class Sending:
    """What is about to be sent, and what the desk knows that may stand against it."""

    text: str
    readers: tuple[Reader, ...]
    files: int = 0
    is_forward: bool = False
    their_words: str = ""  # what the customers wrote on the ticket: how they sign
    notes: tuple[str, ...] = ()
    known_domains: frozenset[str] = frozenset()  # to which this ticket has written or from which it was written to
    team: frozenset[str] = field(default_factory=frozenset)  # user names


@dataclass(frozen=True)
class Question:
    """What to ask: the guard's name, and the words it is about."""

    guard: str
    about: str

    @property
    def key(self) -> str:
        """What an answer names. Other words under the same guard are another question."""
        return f"{self.guard}:{self.about}"


Guard = Callable[[Sending], str]


def questions(sending: Sending, answered: Collection[str] = ()) -> list[Question]:
    """What has to be asked before this is sent, less what was answered already: `answered` holds keys of questions."""
    asked = (Question(name, guard(sending)) for name, guard in GUARDS.items())
    return [question for question in asked if question.about and question.key not in answered]


def wrong_person(sending: Sending) -> str:
    """The greeting names somebody who is none of the readers, and who has not signed a mail here either."""
    found = _GREETING.match(_own_words(sending.text).lstrip())
    if found is None or sending.is_forward:
        return ""
    named = [word for word in _words(found["name"]) if word not in NOBODY]
    if not named or not any(reader.name for reader in sending.readers):
        return ""
    theirs = {word for reader in sending.readers for word in _words(f"{reader.name} {reader.address}")}
    theirs |= set(_words(sending.their_words))
    if any(_same_name(word, other) for word in named for other in theirs):
        return ""
    return " ".join(found["name"].split())


def new_domain(sending: Sending) -> str:
    """An address at a domain that this ticket has had nothing to do with."""
    new = [reader.address for reader in sending.readers if _domain(reader.address) not in sending.known_domains]
    return ", ".join(new)


def missing_attachment(sending: Sending) -> str:
    """The words speak of a file, and none goes along."""
    if sending.files:
        return ""
    found = ATTACHED.search(THEIRS.sub(" ", _own_words(sending.text)))
    return " ".join(found[0].split()) if found else ""


def internal_text(sending: Sending) -> str:
    """Words of a note, a colleague named by '@', or a mark that says so itself."""
    text = _own_words(sending.text)
    marked = INTERNAL.search(text)
    if marked:
        return marked[0].strip()
    colleague = next((name for name in re.findall(r"(?<![\w@.])@([\w.-]+)", text) if name.casefold() in sending.team), "")
    if colleague:
        return f"@{colleague}"
    plain = _plain(sending.text)
    for note in sending.notes:
        for line in re.split(r"[\n.!?]+", note):
            if len(_plain(line)) >= LONG_ENOUGH and _plain(line) in plain and _plain(line) not in _plain(sending.their_words):
                return " ".join(line.split())
    return ""


def unreachable(sending: Sending) -> str:
    """Mail to one of the readers comes back, or is not wanted."""
    return "; ".join(f"{reader.address}: {reader.stopped}" for reader in sending.readers if reader.stopped)


GUARDS: Mapping[str, Guard] = {
    "wrong_person": wrong_person,
    "new_domain": new_domain,
    "missing_attachment": missing_attachment,
    "internal_text": internal_text,
    "unreachable": unreachable,
}


def _own_words(text: str) -> str:
    """Without what is quoted."""
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))


def _words(text: str) -> list[str]:
    """Words of at least two letters, without case and accents."""
    return [word for word in _WORD.findall(_folded(text)) if len(word) > 1]


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(_folded(text)))


def _same_name(named: str, known: str) -> bool:
    """'Tom' is 'Tomas' too: three letters are enough for a short form."""
    shorter, longer = sorted((named, known), key=len)
    return named == known or (len(shorter) >= 3 and longer.startswith(shorter))


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
