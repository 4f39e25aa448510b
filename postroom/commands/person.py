"""`postroom person`: what the desk knows of one customer, taken away or erased."""

import json
import os
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import func, select

from models.actions.audit import note_in_audit
from models.actions.erasing import erase_person, remove_blobs
from models.actor import COMMAND_LINE
from models.addresses import typed_address
from models.app import blobs_of, settings_of
from models.database import db
from models.errors import Invalid, NotFound
from models.people import User
from models.queries.person_data import write_person_zip
from postroom.desk import open_desk


@click.group()
def person() -> None:
    """What the desk knows of one customer."""


@person.command("export")
@click.argument("address")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--internal", is_flag=True, help="also what the team wrote among itself")
def export_person(address: str, file: Path, internal: bool) -> None:
    """Write everything about the person at ADDRESS into the ZIP file FILE."""
    with open_desk() as app:
        user = person_at(address)
        note_in_audit(COMMAND_LINE, "user.exported", "user", user.id, user.name)
        with for_its_owner(file) as out:
            write_person_zip(out, user, blobs_of(app), internal=internal)
        db.session.commit()
    click.echo(f"{file} holds what the desk knows of {address}.")


@person.command("erase")
@click.argument("address")
@click.option("--yes", is_flag=True, help="do not ask")
def erase(address: str, yes: bool) -> None:
    """Erase the customer at ADDRESS for good, and print the proof."""
    with open_desk() as app:
        user = person_at(address)
        if not yes:
            click.confirm(f"Erase {address} with all words, mails and files? It cannot be taken back", abort=True)
        proof, blobs = erase_person(user.id, COMMAND_LINE, settings_of(app).signing_keys)
        report = {"proof": proof.id, **proof.report}
        db.session.commit()
        remove_blobs(blobs_of(app), blobs)
    click.echo(json.dumps(report, indent=2, ensure_ascii=False))


def for_its_owner(file: Path) -> BinaryIO:
    """A new file that nobody else may read. Raises `Invalid`."""
    try:
        return open(file, "xb", opener=lambda path, flags: os.open(path, flags, 0o600))
    except OSError as trouble:
        raise Invalid("file", f"{file} cannot be written: {trouble.strerror}") from None


def person_at(address: str) -> User:
    """Raises `NotFound`, `Invalid`."""
    found = db.session.scalar(select(User).where(func.lower(User.email) == typed_address(address)))
    if found is None:
        raise NotFound(f"nobody is known by the address {address}")
    return found
