"""`postroom clock`: the sweep."""

import click

from jobs.sweep import run
from postroom.desk import settings_from_environment


@click.command()
def clock() -> None:
    """Run the sweep: leases, due retries, what a lost bell left lying."""
    run(settings_from_environment())
