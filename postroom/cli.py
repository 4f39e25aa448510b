"""The command line of the desk. A command is loaded when it is asked for: the gate loads no page, the web no SMTP server."""

from importlib import import_module

import click

from models.errors import DeskError
from postroom.services.errors import ServiceError

COMMANDS = {
    "up": "postroom.commands.up",
    "web": "postroom.commands.web",
    "mailgate": "postroom.commands.mailgate",
    "gate": "postroom.commands.gate",
    "filer": "postroom.commands.filer",
    "worker": "postroom.commands.worker",
    "clock": "postroom.commands.clock",
    "imap": "postroom.commands.imap",
    "migrate": "postroom.commands.desk",
    "user": "postroom.commands.desk",
    "mailbox": "postroom.commands.desk",
    "person": "postroom.commands.person",
    "doctor": "postroom.commands.doctor",
    "ledger": "postroom.commands.mail",
    "replay": "postroom.commands.mail",
    "explain": "postroom.explain",
    "seed": "postroom.commands.seed",
    "blobs": "postroom.commands.blobs",
    "import": "postroom.commands.importing",
    "backup": "postroom.commands.backup",
    "restore": "postroom.commands.backup",
    "restored": "postroom.commands.backup",
}


# What Python would take for a word of its own.
PYTHON_NAMES = {"import": "import_mail"}


class Desk(click.Group):
    """The commands in the table above; what the desk refuses ends in a sentence, not in a trace."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(COMMANDS[cmd_name]), PYTHON_NAMES.get(cmd_name, cmd_name))
        return found

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (DeskError, ServiceError) as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Desk, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Postroom, the email-first helpdesk."""
