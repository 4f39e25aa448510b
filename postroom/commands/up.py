"""`postroom up`: the whole desk in one terminal."""

from pathlib import Path

import click

from postroom.up import run_desk


@click.command()
@click.option("--demo", is_flag=True, help="fill an empty desk with tickets to play with")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="data folder (default: POSTROOM_DATA)")
def up(demo: bool, data: Path | None) -> None:
    """Run everything in this terminal; Ctrl-C stops it."""
    run_desk(demo=demo, data=data)
