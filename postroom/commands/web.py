"""`postroom web`: pages and sockets."""

import click

from postroom.desk import settings_from_environment
from postroom.web import serve


@click.command()
def web() -> None:
    """Run the web: pages, sockets."""
    serve(settings_from_environment())
