"""`postroom import`: mail and tickets of before, from a file or a folder."""

from datetime import timedelta
from pathlib import Path

import click
from flask import Flask

from mailgate.handed_over import Ours
from mailgate.importing.sources import places
from mailgate.importing.takeover import ImportRun, Report, Wanted
from mailgate.envelope import Recipient
from mailgate.pipeline import Desk, desk_of
from mailgate.reading_room import ReadingRoom
from models.addresses import normalise
from models.app import blobs_of, settings_of
from models.errors import Invalid
from models.queries.mailboxes import all_mailboxes
from postroom.desk import open_desk

WORDS = {
    "new_ticket": "began a ticket",
    "reply": "went on in one",
    "duplicate": "were here already, by another way",
    "held": "wait under Held mail",
    "auto_reply": "automatic replies",
    "backscatter": "reports about mail of elsewhere",
    "quarantine": "from blocked senders",
    "loop": "mail of this desk itself",
}


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--mailbox", "address", help="the mailbox of mail that names none of ours; default: the first one")
@click.option("--team", multiple=True, help="an address that answered customers then, beside mailboxes and agents; may be repeated")
@click.option("--closed-after", default=30, show_default=True, type=click.IntRange(0), help="tickets are closed that were silent for so many days")
@click.option("--dry-run", is_flag=True, help="only say what would become of it; write nothing")
def import_mail(path: Path, address: str | None, team: tuple[str, ...], closed_after: int, dry_run: bool) -> None:
    """Take over old mail: an mbox, a Maildir, a folder of .eml files.

    Threads and dates are kept; nobody is written to, and nobody is told. What is here already is left as it is, so it can be
    run again, also after it was stopped half-way.
    """
    with open_desk() as app:
        wanted = Wanted(ours(address, app), path.name, timedelta(days=closed_after))
        desk = desk_of_the_past(app, team)
        found = places(path)
        room = ReadingRoom()
        try:
            with click.progressbar(length=len(found), label="Mails", width=40) as bar:
                one = ImportRun(app, desk, room.read, wanted)
                report = (one.rehearse if dry_run else one.run)(found, bar.update)
        finally:
            room.close()
    tell(report, dry_run=dry_run)


def desk_of_the_past(app: Flask, team: tuple[str, ...]) -> Desk:
    """The desk, with those who answered before."""
    try:
        addresses = frozenset(normalise(each) for each in team)
    except ValueError as trouble:
        raise Invalid("team", str(trouble)) from None
    return desk_of(blobs_of(app), settings_of(app), team=addresses)


def ours(address: str | None, app: Flask) -> Ours:
    """Our addresses, and which one mail goes to that names none of them. Raises `Invalid`."""
    boxes = all_mailboxes()
    addresses = {each.address: box.id for box in boxes for each in box.addresses}
    if not boxes:
        raise Invalid("mailbox", "the desk has no mailbox yet: run `postroom migrate` first")
    home = normalise(address) if address else boxes[0].address
    if home not in addresses:
        raise Invalid("mailbox", f"{home} is no address of this desk: `postroom mailbox` lists them")
    settings = settings_of(app)
    domains = frozenset(each.lower() for each in (settings.reply_domain, settings.bounce_domain) if each)
    return Ours(addresses, Recipient(home, addresses[home]), domains)


def tell(report: Report, *, dry_run: bool) -> None:
    for name, number in report.became.most_common():
        click.echo(f"{number:>10,}  {WORDS.get(name, name.replace('_', ' '))}")
    if report.known:
        click.echo(f"{report.known:>10,}  were here already")
    if report.failed:
        click.echo(f"{report.failed:>10,}  could not be filed: they are kept, `postroom replay --failed` tries again")
    click.echo(f"{report.mails:>10,}  mails in all; {'nothing was written' if dry_run else 'nobody was written to'}.")
