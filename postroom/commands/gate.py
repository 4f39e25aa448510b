"""`postroom gate`: one SMTP server."""

import click

from mailgate.gate import run
from postroom.desk import settings_from_environment
from postroom.gate_settings import gate_settings


@click.command()
@click.option("--shares-port", is_flag=True, help="other gates on this machine listen on the same port")
def gate(shares_port: bool) -> None:
    """Run one SMTP server, without a filer."""
    run(gate_settings(settings_from_environment(), shares_port=shares_port))
