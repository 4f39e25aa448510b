"""The guards' questions in the words of whoever is asked."""

from dataclasses import dataclass

from flask_babel import gettext

from models.guards import Question


@dataclass(frozen=True)
class Asked:
    """One question as it stands above the text. `key` comes back with the answer."""

    key: str
    guard: str
    words: str


def asked(question: Question) -> Asked:
    return Asked(question.key, question.guard, words_of(question))


def words_of(question: Question) -> str:
    about = question.about[:300]
    match question.guard:
        case "wrong_person":
            return gettext("You greet “%(about)s”, but this goes to somebody else.", about=about)
        case "new_domain":
            return gettext("Nobody on this ticket has had to do with this address so far: %(about)s", about=about)
        case "missing_attachment":
            return gettext("You write “%(about)s”, but no file goes along.", about=about)
        case "internal_text":
            return gettext("This looks like something for your team alone: “%(about)s”", about=about)
        case "unreachable":
            return gettext("Mail may not arrive. %(about)s", about=about)
        case other:
            return f"{other.replace('_', ' ')}: {about}"
