"""The catalogues: read from their `.po` files once a process, so that nothing compiled can be older than its source."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain, get_locale

HERE = Path(__file__).resolve().parent
SCRIPTS = "webapp/frontend/"


class OurWords(Domain):
    """Flask-Babel's domain, with catalogues of ours instead of compiled files on the disk."""

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return translations(locale.language) if locale else NullTranslations()


@cache
def catalogue(language: str) -> Catalog | None:
    """The catalogue of a language; None for that of the sources."""
    path = HERE / f"{language}.po"
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language)


@cache
def translations(language: str) -> NullTranslations:
    """What a language says for each message of the sources."""
    words = catalogue(language)
    if words is None:
        return Translations()
    compiled = BytesIO()
    write_mo(compiled, words)
    compiled.seek(0)
    return Translations(compiled)


@cache
def words_of_scripts(language: str) -> dict[str, str | list[str]]:
    found = {}
    for message in catalogue(language) or ():
        if message.id and any(name.startswith(SCRIPTS) for name, _line in message.locations):
            plain = isinstance(message.id, str)
            found[message.id if plain else message.id[0]] = message.string if plain else list(message.string)
    return found


def script_words() -> dict[str, str | list[str]]:
    """English → the reader's words, for what the browser's scripts say; empty for English."""
    locale = get_locale() or Locale("en")
    return words_of_scripts(locale.language)
