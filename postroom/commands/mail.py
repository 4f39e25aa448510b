"""Commands about mail that has come in."""

import sys

import click

from models.queries.custody import ledger as count_ledger
from postroom.desk import open_desk


@click.command()
def ledger() -> None:
    """Show that every accepted mail is accounted for; exit 1 when it is not."""
    with open_desk():
        sums = count_ledger()
    rows = [(name.replace("_", " "), number) for name, number in sorted(sums.by_decision.items())]
    rows += [("waiting to be filed", sums.waiting), ("could not be filed", sums.dead)]
    for name, number in rows:
        click.echo(f"{number:>10,}  {name}")
    click.echo(f"{sums.accepted:>10,}  accepted {'=' if sums.balanced else '≠'} the sum of the above")
    sys.exit(0 if sums.balanced else 1)
