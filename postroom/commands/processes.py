"""Commands that run a process of the desk until it is told to stop."""

import sys
from pathlib import Path

import click

from jobs import sweep
from jobs.queues import QUEUES
from jobs.reactions import reactions
from jobs.worker import run as run_worker
from mailgate import filer as filing
from mailgate import gate as gatekeeping
from postroom.desk import settings_from_environment
from postroom.gate_settings import gate_settings
from postroom.supervisor import Child, Supervisor
from postroom.up import run_desk
from postroom.web import serve


@click.command()
@click.option("--demo", is_flag=True, help="fill an empty desk with tickets to play with")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="data folder (default: POSTROOM_DATA)")
def up(demo: bool, data: Path | None) -> None:
    """Run everything in this terminal; Ctrl-C stops it."""
    sys.exit(run_desk(demo=demo, data=data))


@click.command()
def web() -> None:
    """Run the web: pages, API, sockets."""
    serve(settings_from_environment())


@click.command()
@click.option("--processes", default=1, show_default=True, help="gates that share the port")
@click.option("--filers", default=1, show_default=True, help="filers beside them")
def mailgate(processes: int, filers: int) -> None:
    """Run the mail gate: SMTP servers, and the filers that turn stored mail into tickets."""
    settings_from_environment()  # a wrong setting is told once, not by every child
    children = [Child(f"gate.{number}", command("gate")) for number in range(1, processes + 1)]
    children += [Child(f"filer.{number}", command("filer")) for number in range(1, filers + 1)]
    sys.exit(Supervisor(children).run())


@click.command()
def gate() -> None:
    """Run one SMTP server, without a filer."""
    gatekeeping.run(gate_settings(settings_from_environment()))


@click.command()
def filer() -> None:
    """Run one filer, without an SMTP server."""
    settings = settings_from_environment()
    filing.run(settings, reactions(settings))


@click.command()
@click.option("--queue", type=click.Choice(list(QUEUES)), default=next(iter(QUEUES)), show_default=True)
def worker(queue: str) -> None:
    """Run one RQ worker: outbound mail."""
    run_worker(settings_from_environment(), queue)


@click.command()
def clock() -> None:
    """Run the sweep: leases, due retries, what a lost bell left lying."""
    sweep.run(settings_from_environment())


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "postroom", *arguments]
