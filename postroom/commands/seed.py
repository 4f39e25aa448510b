"""`postroom seed`: a synthetic desk, as large as wanted."""

import click

from models.app import blobs_of, settings_of
from models.errors import SettingsError
from postroom.desk import open_desk
from postroom.seed import Wanted, seed_desk


@click.command()
@click.option("--tickets", type=click.IntRange(1), required=True)
@click.option("--messages", type=click.IntRange(1), required=True, help="about so many; at least one a ticket")
@click.option("--seed", default=1, show_default=True, help="the same number makes the same desk")
@click.option("--agents", type=click.IntRange(1), default=30, show_default=True)
@click.option("--days", type=click.IntRange(1), default=730, show_default=True, help="how far back the first ticket lies")
def seed(tickets: int, messages: int, seed: int, agents: int, days: int) -> None:
    """Fill the desk with a synthetic one: for trying out and measuring, not for a desk that is in use."""
    if messages < tickets:
        raise SettingsError("a ticket has at least one message: ask for as many messages as tickets, or more")
    with open_desk() as app, click.progressbar(length=tickets, label="Tickets", width=40) as bar:
        url = settings_of(app).database_url
        assert url is not None
        made = seed_desk(url, blobs_of(app), Wanted(tickets, messages, seed, agents, days), bar.update)
    click.echo(f"{made.tickets:,} tickets with {made.messages:,} messages are in the desk.")
