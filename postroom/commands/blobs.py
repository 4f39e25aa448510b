"""`postroom blobs`: what lies in the store of files and large mails and is named by nothing."""

import click

from models.actions.orphans import orphans, remove_orphans
from models.app import blobs_of
from models.blobs import SHELVES
from postroom.desk import open_desk


@click.group()
def blobs() -> None:
    """Files and large mails, kept beside the database."""


@blobs.command()
@click.option("--dry-run", is_flag=True, help="only say what would go; remove nothing")
def sweep(dry_run: bool) -> None:
    """Remove what nothing names and nobody wrote for a day; the clock does so too, over two days."""
    found = 0
    with open_desk() as app, click.progressbar(range(SHELVES), label="Shelves", width=40) as shelves:
        store = blobs_of(app)
        for shelf in shelves:
            found += len(orphans(store, shelf)) if dry_run else remove_orphans(store, shelf)
    click.echo(f"{found:,} {'would go; nothing was removed' if dry_run else 'are gone'}.")
