"""The files of another helpdesk's export: JSON, JSON lines, CSV. What cannot be read is told by file and line."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailgate.importing.cases import Unread

JSON = (".json", ".jsonl", ".ndjson")
LONGEST_FIELD = 16 * 1024 * 1024  # characters of one CSV field


@dataclass(frozen=True, slots=True)
class Record:
    """One object of an export, or one row, and where it stands."""

    where: str
    value: dict[str, Any]


def json_records(name: str, content: str, wrappers: tuple[str, ...]) -> Iterator[Record | Unread]:
    """The objects of a JSON file: one a line, a list of them, or either inside an object under one of `wrappers`."""
    content = content.removeprefix("\ufeff")
    first = next((line for line in io.StringIO(content) if line.strip()), "")
    if isinstance(parsed(first), dict):
        yield from json_lines(name, content, wrappers)
        return
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError) as trouble:
        if first.strip()[:1] == "{" and first.strip() != "{":  # lines, of which the first is broken
            yield from json_lines(name, content, wrappers)
        elif content.strip():
            yield Unread(f"{name}:{getattr(trouble, 'lineno', 1)}", f"this is no JSON: {getattr(trouble, 'msg', 'too deep')}")
        return
    yield from unwrapped(name, whole, wrappers)


def json_lines(name: str, content: str, wrappers: tuple[str, ...]) -> Iterator[Record | Unread]:
    for number, line in enumerate(io.StringIO(content), 1):
        if line.strip():
            value = parsed(line)
            if not isinstance(value, dict):
                yield Unread(f"{name}:{number}", "this line is no JSON object")
            else:
                yield from unwrapped(f"{name}:{number}", value, wrappers)


def unwrapped(where: str, value: object, wrappers: tuple[str, ...]) -> Iterator[Record | Unread]:
    """The objects in `value`, each with its place."""
    value = inside(value, wrappers)
    if not isinstance(value, list):
        yield record_in(where, value)
        return
    for number, each in enumerate(value, 1):
        yield record_in(f"{where}, entry {number}", inside(each, wrappers))


def inside(value: object, wrappers: tuple[str, ...]) -> object:
    """What lies in `value` under one of `wrappers`, also in an `_embedded` of it; else `value` itself."""
    holders = [value, value.get("_embedded")] if isinstance(value, dict) else []
    found = (holder.get(key) for holder in holders if isinstance(holder, dict) for key in wrappers)
    return next((each for each in found if isinstance(each, list | dict)), value)


def record_in(where: str, value: object) -> Record | Unread:
    return Record(where, value) if isinstance(value, dict) else Unread(where, "here should be an object")


def parsed(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def csv_records(name: str, content: str, needed: tuple[str, ...]) -> Iterator[Record | Unread]:
    """The rows of a CSV file as objects, by the names in its first line. The separator is ',' or ';', or a tab."""
    content = content.removeprefix("\ufeff").replace("\0", "")
    head = content.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    csv.field_size_limit(LONGEST_FIELD)
    rows = csv.DictReader(io.StringIO(content, newline=""), delimiter=separator, restkey="")
    missing = [each for each in needed if each not in (rows.fieldnames or ())]
    if missing:
        yield Unread(f"{name}:1", f"the first line must name the columns; missing: {', '.join(missing)}")
        return
    begin = rows.line_num + 1
    try:
        for row in rows:
            yield Record(f"{name}:{begin}", row)
            begin = rows.line_num + 1
    except csv.Error as trouble:
        yield Unread(f"{name}:{begin}", f"this row cannot be read, nor what follows it: {trouble}")


def files(path: Path, endings: tuple[str, ...]) -> list[Path]:
    """The file itself, or those of a folder that end so; not those that list the people."""
    if path.is_file():
        return [path]
    return sorted(each for each in path.iterdir() if each.suffix.lower() in endings and not each.name.startswith("users"))


def content_of(file: Path) -> str:
    """The text of a file; what is no UTF-8 in it becomes a question mark."""
    return file.read_text(encoding="utf-8", errors="replace")
