"""Commands about the desk itself: its tables, its people, its addresses."""

import getpass
import sys

import click
from sqlalchemy import select

from models.actions.audit import note_in_audit
from models.actions.mailboxes import create_mailbox, ensure_first_mailbox
from models.actions.people import create_user
from models.actor import COMMAND_LINE
from models.app import settings_of
from models.database import db
from models.mailbox import Mailbox
from models.migrate import upgrade
from models.people import Role
from postroom.desk import open_desk


@click.command()
def migrate() -> None:
    """Bring the database to the tables of this version; make the first mailbox."""
    with open_desk(any_version=True) as app:
        settings = settings_of(app)
        assert settings.database_url is not None
        upgrade(settings.database_url)
        ensure_first_mailbox(settings.support_address)
        db.session.commit()
    click.echo("The database is up to date.")


@click.group()
def user() -> None:
    """People of the desk."""


@user.command("add")
@click.argument("username")
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(list(Role)), required=True)
@click.option("--name", "full_name", default="", help="what others see")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
def add_user(username: str, email: str, role: str, full_name: str, password_stdin: bool) -> None:
    """Make a user."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass("Password: ")
    with open_desk():
        person = create_user(username, email, role, password=password, full_name=full_name)
        note_in_audit(COMMAND_LINE, "user.made", "user", person.id, person.name, after={"role": person.role, "email": person.email})
        db.session.commit()
        click.echo(f"{person.username} is {person.role}.")


@click.group(invoke_without_command=True)
@click.pass_context
def mailbox(ctx: click.Context) -> None:
    """Support addresses; without a command, lists them."""
    if ctx.invoked_subcommand is None:
        with open_desk():
            for box in db.session.scalars(select(Mailbox).order_by(Mailbox.id)):
                click.echo(f"{box.name}: {', '.join(each.address for each in box.addresses)}")


@mailbox.command("add")
@click.argument("name")
@click.argument("address")
def add_mailbox(name: str, address: str) -> None:
    """Take mail at ADDRESS."""
    with open_desk():
        create_mailbox(name, address)
        db.session.commit()
    click.echo(f"Mail to {address} is taken now.")
