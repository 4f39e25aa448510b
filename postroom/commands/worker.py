"""`postroom worker`: one RQ worker."""

import click

from jobs.queues import QUEUES
from jobs.worker import run
from postroom.desk import settings_from_environment


@click.command()
@click.option("--queue", type=click.Choice(list(QUEUES)), default=next(iter(QUEUES)), show_default=True)
def worker(queue: str) -> None:
    """Run one RQ worker: outbound mail."""
    run(settings_from_environment(), queue)
