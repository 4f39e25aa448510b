"""`postroom worker`: one RQ worker."""

import click

from jobs.queues import QUEUES
from jobs.worker import run
from postroom.desk import settings_from_environment


@click.command()
@click.option("--queue", type=click.Choice(list(QUEUES)), default=None, help="work on this queue alone")
def worker(queue: str | None) -> None:
    """Run the RQ workers: assignment, outbound mail, AI drafts."""
    run(settings_from_environment(), queue or "")
