"""The exports that are taken over, by the name of where they come from, and the tickets in them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mailgate.importing import freescout, rows, zendesk
from mailgate.importing.cases import Case, Somebody, Unread
from mailgate.importing.records import JSON, Record, content_of, csv_records, files, json_records
from models.errors import Invalid

Entries = Iterator[Case | Unread]


def entries_of(path: Path, kind: str) -> list[Case | Unread]:
    """Every ticket of the export of this kind at `path`, a file or a folder, and what could not be read. Raises `Invalid`."""
    if not path.exists():
        raise Invalid("path", f"there is nothing at {path}")
    return list(EXPORTS[kind](path))


def of_zendesk(path: Path) -> Entries:
    people: dict[str, tuple[Somebody, str]] = {}
    folder = path if path.is_dir() else path.parent
    for record in in_json(sorted(folder.glob("users*.json*")), zendesk.USERS):
        found = record if isinstance(record, Unread) else zendesk.person_of(record)
        if isinstance(found, Unread):
            yield found
        else:
            people[found[0]] = found[1]
    for record in in_json(files(path, JSON), zendesk.TICKETS):
        yield record if isinstance(record, Unread) else zendesk.case_of(record, people)


def of_freescout(path: Path) -> Entries:
    for record in in_json(files(path, JSON), freescout.CONVERSATIONS):
        yield record if isinstance(record, Unread) else freescout.case_of(record)


def of_rows(path: Path) -> Entries:
    found: list[Record] = []
    for file in files(path, (".csv",)):
        for record in csv_records(file.name, content_of(file), rows.NEEDED):
            if isinstance(record, Unread):
                yield record
            else:
                found.append(record)
    yield from rows.cases_of(found)


def in_json(found: Sequence[Path], wrappers: tuple[str, ...]) -> Iterator[Record | Unread]:
    for file in found:
        yield from json_records(file.name, content_of(file), wrappers)


EXPORTS: dict[str, Callable[[Path], Entries]] = {"zendesk": of_zendesk, "freescout": of_freescout, "csv": of_rows}
