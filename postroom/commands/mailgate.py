"""`postroom mailgate`: SMTP servers and filers, under one supervisor."""

import sys

import click

from postroom.desk import settings_from_environment
from postroom.supervisor import Child, Supervisor


@click.command()
@click.option("--processes", default=1, show_default=True, help="gates that share the port")
@click.option("--filers", default=1, show_default=True, help="filers beside them")
def mailgate(processes: int, filers: int) -> None:
    """Run the mail gate: SMTP servers, and the filers that turn stored mail into tickets."""
    settings_from_environment()  # a wrong setting is told once, not by every child
    gate = command("gate", *(["--shares-port"] if processes > 1 else []))
    children = [Child(f"gate.{number}", gate) for number in range(1, processes + 1)]
    children += [Child(f"filer.{number}", command("filer")) for number in range(1, filers + 1)]
    Supervisor(children).run()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "postroom", *arguments]
