"""Commands about mail that has come in."""

import sys
from collections.abc import Sequence
from uuid import UUID

import click

from mailgate.identity.check import judge_of
from mailgate.pipeline import Desk, desk_of
from mailgate.reading_room import ReadingRoom
from mailgate.replay import compare
from models.actions.custody import failed_mails, last_filed, run_again
from models.app import blobs_of, scanner_of, settings_of
from models.database import db
from models.errors import DeskError
from models.queries.custody import ledger as count_ledger
from models.queries.custody import mails_by_origin, time_to_ticket
from postroom.desk import open_desk


ORIGINS = {"import": "were imported", "imap": "were fetched by IMAP"}


@click.command()
def ledger() -> None:
    """Show that every accepted mail is accounted for; exit 1 when it is not."""
    with open_desk():
        sums = count_ledger()
        pace = time_to_ticket()
        origins = mails_by_origin()
    rows = [(name.replace("_", " "), number) for name, number in sorted(sums.by_decision.items())]
    rows += [("waiting to be filed", sums.waiting), ("could not be filed", sums.dead)]
    if sums.unaccounted:
        rows.append(("UNACCOUNTED FOR", sums.unaccounted))
    for name, number in rows:
        click.echo(f"{number:>10,}  {name}")
    click.echo(f"{sums.accepted:>10,}  accepted {'=' if sums.balanced else '≠'} the sum of the above")
    elsewhere = [f"{number:,} {ORIGINS[origin]}" for origin, number in origins.items() if origin in ORIGINS]
    if elsewhere:
        click.echo(f"{'':10}  of these mails {' and '.join(elsewhere)}")
    if pace.mails:
        click.echo(f"{'':10}  from the last octet to the ticket: half within {pace.p50:.2f} s, 95 % within {pace.p95:.2f} s")
    sys.exit(0 if sums.balanced else 1)


@click.command()
@click.argument("ids", nargs=-1, type=click.UUID)
@click.option("--failed", is_flag=True, help="all mails that could not be filed")
@click.option("--last", type=click.IntRange(min=1), help="with --dry-run: the mails filed last")
@click.option("--dry-run", is_flag=True, help="only say what would change; write nothing")
def replay(ids: Sequence[UUID], failed: bool, last: int | None, dry_run: bool) -> None:
    """Run stored mails through the rules of today: those named by their IDS, or all that failed."""
    if last and not dry_run:
        raise click.UsageError("--last goes with --dry-run: mails that are on tickets are not run twice")
    with open_desk() as app:
        chosen = [*ids, *(failed_mails() if failed else ()), *(last_filed(last) if last else ())]
        if not chosen:
            raise click.UsageError("say which mails: their ids, --failed, or --dry-run --last N")
        if dry_run:
            settings = settings_of(app)
            show_changes(chosen, desk_of(blobs_of(app), settings, judge_of(settings), scanner_of(app)))
        else:
            sys.exit(0 if all([run_one_again(inbound_id) for inbound_id in chosen]) else 1)


def run_one_again(inbound_id: UUID) -> bool:
    """Whether it could be done; the filers of the running desk do the rest."""
    try:
        run_again(inbound_id)
    except DeskError as trouble:
        db.session.rollback()
        click.echo(f"{inbound_id}  {trouble}")
        return False
    db.session.commit()
    click.echo(f"{inbound_id}  is filed anew")
    return True


def show_changes(inbound_ids: Sequence[UUID], desk: Desk) -> None:
    """Print each address of each mail where the decision or the rule would be another one."""
    room = ReadingRoom()
    mails = changes = 0
    try:
        for each in compare(inbound_ids, room.read, desk):
            mails += 1
            if each.is_news:
                changes += 1
                was, now = (" ".join(part) or "nothing yet" for part in (each.was, each.now))
                click.echo(f"{each.inbound_id}  {each.rcpt}: {was} → {now}  ({each.why})")
    finally:
        room.close()
    click.echo(f"{changes} of {mails} would change; nothing was written.")
