"""The command line of the desk."""

import click

from models.errors import DeskError
from postroom.commands.desk import mailbox, migrate, user
from postroom.commands.mail import ledger
from postroom.commands.processes import clock, filer, gate, mailgate, up, web, worker
from postroom.explain import explain
from postroom.services.errors import ServiceError


class Desk(click.Group):
    """A group whose commands end with a sentence, not with a trace, when the desk cannot do what was asked."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (DeskError, ServiceError) as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Desk, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Postroom, the email-first helpdesk."""


for command in (up, web, mailgate, gate, filer, worker, clock, migrate, user, mailbox, ledger, explain):
    main.add_command(command)
