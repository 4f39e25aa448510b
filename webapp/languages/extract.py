"""Finds every message in the sources and brings the catalogues up to date: `python -m webapp.languages.extract`.

New messages are added untranslated, those that nobody says any more go. Nothing is guessed.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from models.budget_rules import LIMITS
from models.queries.outbox import FILTERS
from models.queries.tickets import VIEWS
from models.variables import MEANINGS
from webapp.inbox.looking import ORDERS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("_", "_l", "gettext")),
    **dict.fromkeys(("ngettext", "_n"), (1, 2)),
    **dict.fromkeys(("Conflict", "Forbidden", "MissingToken", "NotFound", "NotSignedIn", "SecondFactorMissing", "TooMany"), (1,)),
    "Invalid": (2,),
}
"""Functions whose words reach a person. What the desk refuses is said in English below, and translated where it is shown."""

HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""Without dates and tools, so that a file changes only where its words do."""

WHERE = (
    ("webapp", "**/*.py", "python", {}),
    ("models", "**/*.py", "python", {}),
    ("postroom/demo", "**/*.py", "python", {}),
    ("templates/pages", "**/*.html", "jinja2.ext:babel_extract", {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}),
    ("webapp/frontend", "**/*.js", "javascript", {}),
)
"""Folder, files, how they are read, and how so."""


def messages() -> Catalog:
    """Every message of the sources, with the files it stands in."""
    found = Catalog(charset="utf-8")
    for path, method, options in files():
        for _line, message, comments, context in extract_from_file(method, path, KEYWORDS, options=options):
            found.add(message, None, [(path.relative_to(ROOT).as_posix(), 0)], auto_comments=comments, context=context)
    for message, where in from_tables():
        found.add(message, None, [(where, 0)])
    return found


def from_tables() -> Iterator[tuple[str, str]]:
    """Words that stand as data in the tables below the web."""
    for view in VIEWS:
        yield view.title, "models/queries/tickets.py"
        yield view.empty, "models/queries/tickets.py"
    for words in ORDERS.values():
        yield words, "webapp/inbox/looking.py"
    for title, _ in FILTERS.values():
        yield title, "models/queries/outbox.py"
    for limit in LIMITS:
        yield limit.words, "models/budget_rules.py"
    for meaning in MEANINGS.values():
        yield meaning, "models/variables.py"


def files() -> Iterator[tuple[Path, str, dict[str, str]]]:
    for folder, pattern, method, options in WHERE:
        for path in sorted((ROOT / folder).glob(pattern)):
            yield path, method, options


def update(path: Path, sources: Catalog) -> bytes:
    """The catalogue at `path` with exactly the messages of `sources`, and what it said of them."""
    with path.open("rb") as file:
        known = read_po(file, locale=path.stem)
    known.update(sources, no_fuzzy_matching=True, update_creation_date=False)
    known.obsolete.clear()
    result = BytesIO()
    write_po(result, known, width=110, include_lineno=False, sort_output=True, omit_header=True)
    return HEADER.format(language=known.locale, plurals=known.plural_forms).encode() + result.getvalue()


def main() -> None:
    sources = messages()
    for path in sorted(HERE.glob("*.po")):
        path.write_bytes(update(path, sources))
        with path.open("rb") as file:
            missing = [message for message in read_po(file) if message.id and not all(strings(message.string))]
        print(f"{path.name}: {len(missing)} without words")


def strings(words: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


if __name__ == "__main__":
    main()
