"""Commands that carry a whole desk away and bring it back."""

import re
import sys
from pathlib import Path
from typing import IO

import click

from models.actions.restoring import end_restoration, found_in_log
from models.actor import COMMAND_LINE
from models.app import base_app, blobs_of, settings_of
from models.database import db
from models.queries.restoring import RestoreMode, all_that_may_be_sent, restore_mode
from postroom.backup.put_back import put_back, size_of
from postroom.backup.take import take_backup
from postroom.desk import open_desk, settings_from_environment, with_services
from postroom.services import running

MESSAGE_ID = re.compile(r"<?([^<>\s\"',;=]+@[^<>\s\"',;]+)>?")
MOST_SHOWN = 50


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write the whole desk to FILE: database, files, secrets; the desk may run meanwhile.

    FILE opens everything: whoever has it can read every mail and sign in the desk's name. Only its owner may read it; keep
    it so.
    """
    with open_desk() as app, click.progressbar(length=1000, label="Backup", width=40) as bar:
        done = 0

        def told(octets: int, total: int) -> None:
            nonlocal done
            done += octets
            bar.update(max(min(1000 * done // max(total, 1), 999) - bar.pos, 0))

        taken = take_backup(file, settings_of(app), blobs_of(app), told)
        bar.update(1000 - bar.pos)
    click.echo(f"{taken.rows:,} rows and {taken.blobs:,} files are in {file}. It holds the desk's secrets: keep it like a key.")
    if taken.missing:
        click.echo(f"{len(taken.missing):,} files are named by rows and are not whole in the store: {', '.join(taken.missing[:5])} …", err=True)
        sys.exit(1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Put a backup into an empty desk that is not running. It sends nothing until somebody has looked (see `postroom restored`)."""
    settings = settings_from_environment()
    with running(settings.postroom_data, settings.database_url, settings.redis_url) as services:
        settings = with_services(settings, services)
        store = blobs_of(base_app(settings, pool_size=1))
        with click.progressbar(length=2 * size_of(file), label="Restore", width=40) as bar:
            done = put_back(file, settings, store, bar.update)
    click.echo(f"{done.rows:,} rows and {done.blobs:,} files are back, as they were on {done.made_at:%d %b %Y at %H:%M} UTC.")
    click.echo(f"Nothing leaves this desk yet; {done.held_back:,} mails wait for a word. Start it, and look under Restore.")
    click.echo(f"Everybody has to sign in again, and {done.revoked:,} API tokens are revoked: what was revoked after the backup would be valid again.")
    click.echo("People, roles and passwords are as they were then: look whether somebody has left since.")


@click.command()
@click.option("--release", is_flag=True, help="let mail leave again; what waited in the backup is stopped")
@click.option("--send-unknown", is_flag=True, help="with --release: send also what waited in the backup; it may arrive twice")
@click.option("--discard", is_flag=True, help="stop everything that waits, and let mail leave again")
@click.option("--sent-log", type=click.File(errors="replace"), help="a mail server's log: what it names was sent")
def restored(release: bool, send_unknown: bool, discard: bool, sent_log: IO[str] | None) -> None:
    """Show what a restored desk would send; then let it, or not."""
    if release and discard or send_unknown and not release:
        raise click.UsageError("say --release or --discard; --send-unknown goes with --release")
    with open_desk():
        if sent_log is not None:
            ids = {found for line in sent_log for found in MESSAGE_ID.findall(line)}
            click.echo(f"{found_in_log(ids, COMMAND_LINE):,} mails are in that log: they were sent.")
            db.session.commit()
        mode = restore_mode()
        if mode is None:
            click.echo("This desk is not in restore mode: mail leaves as ever.")
            return
        show(mode)
        if release or discard:
            send = all_that_may_be_sent() if send_unknown else ()
            end_restoration(COMMAND_LINE, send=send, discard_new=discard)
            db.session.commit()
            click.echo("Restore mode has ended: mail leaves again.")


def show(mode: RestoreMode) -> None:
    click.echo(f"Backup of {mode.backup_made_at:%d %b %Y %H:%M}, restored {mode.restored_at:%d %b %Y %H:%M} UTC. Nothing leaves.")
    click.echo(f"{mode.waited:>8,}  waited in the backup; nobody knows whether they were sent since")
    for row in mode.held_back[:MOST_SHOWN]:
        click.echo(f"{'':10}{row.written_at:%d %b %H:%M}  {row.kind}  {row.rcpt}  {row.ref} {row.subject}")
    if mode.waited > MOST_SHOWN:
        click.echo(f"{'':10}and {mode.waited - MOST_SHOWN:,} more")
    click.echo(f"{mode.new:>8,}  were written here since, and go out with --release")
    click.echo(f"{mode.webhook_deliveries:>8,}  webhook deliveries wait")
