"""`postroom filer`: one filer."""

import click

from jobs.reactions import reactions
from mailgate.filer import run
from postroom.desk import settings_from_environment


@click.command()
def filer() -> None:
    """Run one filer, without an SMTP server."""
    settings = settings_from_environment()
    run(settings, reactions(settings))
