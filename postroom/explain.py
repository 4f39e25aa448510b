"""`postroom explain`: print how we read a mail, for people or (--jsonl) for programs; needs no database."""

import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import click

from mailgate.explain import explain as explain_mail

_MANY = 24
_CHUNK = 8


@click.command()
@click.option("--jsonl", is_flag=True, help="Print one JSON object a line, in the order of the files.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def explain(jsonl: bool, files: tuple[Path, ...]) -> None:
    """Print how Postroom reads each mail FILE (.eml): sender, text, reply, files, kind and remarks."""
    for reading in readings(files):
        click.echo(json.dumps(reading, ensure_ascii=True) if jsonl else report(reading))


def readings(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Read the files in the order given, on all processors when they are many."""
    names = [str(file) for file in files]
    if len(names) < _MANY:
        yield from map(read_file, names)
        return
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        yield from pool.map(read_file, names, chunksize=_CHUNK)


def read_file(name: str) -> dict[str, Any]:
    """Read one file; `crashed` is True, with the reason, when it could not be opened or read."""
    try:
        return {"file": name, **explain_mail(Path(name).read_bytes()), "crashed": False}
    except OSError as error:
        return {"file": name, "crashed": True, "error": f"{error.strerror}: {name}"}


def report(reading: dict[str, Any]) -> str:
    """One reading as lines for people."""
    if reading["crashed"]:
        return f"{reading['file']}\n  cannot be read: {reading['error']}\n"
    lines = [reading["file"]]
    lines += [f"  {label:<12} {value}" for label, value in _facts(reading) if value]
    lines += [f"  file         {_file_line(file)}" for file in reading["attachments"]]
    lines += [f"  remark       {remark}" for remark in reading["remarks"]]
    lines += ["  reply", *(f"  | {line}" for line in reading["reply_text"].splitlines()), ""]
    return "\n".join(lines)


def _facts(reading: dict[str, Any]) -> list[tuple[str, str]]:
    bounce = (
        ", ".join(reading["bounced_recipient"]) + f" {reading['bounce_status']}" if reading["bounce"] else ""
    )
    forward = reading["forwarded"]
    return [
        ("from", f"{reading['from_name']} <{reading['from_email']}>".strip()),
        ("believed", "; ".join(reading["sender_problems"]) and "no: " + " ".join(reading["sender_problems"])),
        ("to", ", ".join(reading["to"])),
        ("cc", ", ".join(reading["cc"])),
        ("subject", reading["subject"]),
        ("message-id", reading["message_id"]),
        ("answers", reading["in_reply_to"]),
        (
            "automatic",
            "yes: " + "; ".join(reading["automatic_evidence"]) if reading["auto_generated"] else "",
        ),
        ("answerable", "" if reading["may_be_answered"] else "not by machine"),
        ("bounce", bounce),
        ("complaint", "yes" if reading["complaint"] else ""),
        ("forward of", forward["from_email"] if forward else ""),
        ("quoted", "folded" if reading["has_quoted"] else ""),
    ]


def _file_line(file: dict[str, Any]) -> str:
    return f"{file['filename']} ({file['content_type']}, {file['size']} bytes)"


if __name__ == "__main__":
    explain()
