"""`postroom import`: mail of before, and tickets of another helpdesk, from a file or a folder."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask

from mailgate.handed_over import Ours
from mailgate.importing.cases import Unread
from mailgate.importing.cases_taken import CasesRun, From, Taken
from mailgate.importing.exports import EXPORTS, entries_of
from mailgate.importing.rows import COLUMNS
from mailgate.importing.sources import places
from mailgate.importing.takeover import ImportRun, Report, Wanted
from mailgate.envelope import Recipient
from mailgate.pipeline import Desk, desk_of
from mailgate.reading_room import ReadingRoom
from models.addresses import normalise
from models.app import blobs_of, scanner_of, settings_of
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


MOST_TOLD = 20  # places of an export that could not be read, one a line
HELP = f"""Take over old mail: an mbox, a Maildir, a folder of .eml files; or, with --from, the tickets of another helpdesk.

Threads and dates are kept; nobody is written to, and nobody is told. What is here already is left as it is, so it can be
run again, also after it was stopped half-way.

\b
--from zendesk    the JSON export: one ticket a line, or a list, with id,
                  subject, description, status, priority, tags, requester,
                  assignee (objects, or _id), created_at, updated_at and
                  comments: author_id, body, html_body, public, created_at.
                  users.json beside it: id, name, email, role
--from freescout  conversations as the API gives them: id or number, subject,
                  status, customer, assignee, tags, createdAt and
                  _embedded.threads: type, body, createdBy, createdAt
--from csv        one row a message, kind is customer, agent or note, dates
                  are ISO 8601; only ticket, date, kind and body are needed.
                  The columns:
{chr(10).join("                  " + ", ".join(COLUMNS[at:at + 5]) for at in range(0, len(COLUMNS), 5))}
"""


@click.command("import", help=HELP)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--from", "kind", type=click.Choice(list(EXPORTS)), help="the helpdesk that made the export; without it, PATH is mail")
@click.option("--named", default="", help="which one, where you come from two of a kind: their tickets have the same numbers")
@click.option("--mailbox", "address", help="the mailbox of what names none of ours; default: the first one")
@click.option("--team", multiple=True, help="an address that answered customers then, beside mailboxes and agents; may be repeated; of mail only")
@click.option("--closed-after", default=30, show_default=True, type=click.IntRange(0), help="tickets are closed that were silent for so many days; of mail only")
@click.option("--dry-run", is_flag=True, help="only say what would become of it; write nothing")
def import_mail(
    path: Path, kind: str | None, named: str, address: str | None, team: tuple[str, ...], closed_after: int, dry_run: bool
) -> None:
    """Mail, or with `kind` an export: its text is `HELP`."""
    if kind is not None and team:
        raise Invalid("team", "an export says itself who of the team wrote what: --team is for mail")
    if kind is None and named:
        raise Invalid("named", "--named is for the export of a helpdesk: say --from too")
    with open_desk() as app:
        if kind is not None:
            tell_of_tickets(import_tickets(path, kind, named, ours(address, app), dry_run=dry_run), dry_run=dry_run)
            return
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


def import_tickets(path: Path, kind: str, named: str, ours: Ours, *, dry_run: bool) -> Taken:
    """Take over the export of another helpdesk."""
    source = f"{kind}:{named.strip().lower()}" if named.strip() else kind
    one = CasesRun(From(source, ours))
    entries = entries_of(path, kind)
    with click.progressbar(length=len(entries), label="Tickets", width=40) as bar:
        return (one.rehearse if dry_run else one.run)(entries, bar.update)


def tell_of_tickets(report: Taken, *, dry_run: bool) -> None:
    """What became of an export, and where it could not be read."""
    click.echo(f"{report.tickets:>10,}  taken over; on them {report.messages:,} messages and {report.notes:,} notes")
    for number, words in (
        (report.known, "were here already"),
        (report.left, "left behind: spam, or deleted there"),
        (len(report.unread), "could not be read"),
        (len(report.failed), "could not be filed: run it again once the reason is gone"),
    ):
        if number:
            click.echo(f"{number:>10,}  {words}")
    tell_places([*report.unread, *report.failed])
    click.echo("Nothing was written." if dry_run else "Nobody was written to.")


def tell_places(places: Sequence[Unread]) -> None:
    for place in places[:MOST_TOLD]:
        click.echo(f"            {place.where}: {place.why}")
    if len(places) > MOST_TOLD:
        click.echo(f"            and {len(places) - MOST_TOLD:,} more")


def desk_of_the_past(app: Flask, team: tuple[str, ...]) -> Desk:
    """The desk, with those who answered before."""
    try:
        addresses = frozenset(normalise(each) for each in team)
    except ValueError as trouble:
        raise Invalid("team", str(trouble)) from None
    return desk_of(blobs_of(app), settings_of(app), scanner=scanner_of(app), team=addresses)


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
