"""`postroom gate`: one SMTP server."""

import click

from mailgate.gate import run
from postroom.desk import settings_from_environment
from postroom.gate_settings import gate_settings


@click.command()
def gate() -> None:
    """Run one SMTP server, without a filer."""
    run(gate_settings(settings_from_environment()))
