"""`postroom imap`: fetch mail from accounts elsewhere; and which accounts those are."""

import sys

import click

from jobs.reactions import reactions
from mailgate.imap.run import run
from models.actions.imap_accounts import ImapWanted, add_account, remove_account, switch
from models.actor import COMMAND_LINE
from models.app import settings_of
from models.database import db
from models.errors import Invalid
from models.queries.imap_accounts import imap_accounts
from models.queries.mailboxes import all_mailboxes
from postroom.desk import open_desk, settings_from_environment


@click.group(invoke_without_command=True)
@click.pass_context
def imap(ctx: click.Context) -> None:
    """Fetch mail by IMAP from the accounts that administrators have set; without any, wait for one."""
    if ctx.invoked_subcommand is None:
        settings = settings_from_environment()
        run(settings, reactions(settings))


@imap.command("list")
def list_accounts() -> None:
    """The accounts, and how they fare."""
    with open_desk():
        for each in imap_accounts():
            state = each.trouble or ("rests" if not each.is_active else f"{each.taken:,} mails taken")
            click.echo(f"{each.id}  {each.username} at {each.host}:{each.port} ({each.folder}) → {each.mailbox.address}: {state}")


@imap.command("add")
@click.argument("mailbox")
@click.argument("host")
@click.argument("username")
@click.option("--folder", default="INBOX", show_default=True)
@click.option("--port", type=int)
@click.option("--security", type=click.Choice(["tls", "starttls", "plain"]), default="tls", show_default=True)
@click.option("--afterwards", type=click.Choice(["leave", "seen", "move"]), default="leave", show_default=True, help="what becomes of a mail there")
@click.option("--move-to", default="", help="the folder, with --afterwards move")
@click.option("--old-mail", is_flag=True, help="take in also what lies there already, as imported: nobody is written to")
@click.option("--trusts", multiple=True, help="a mail server whose Received lines are believed, or .a.domain of them; may be repeated")
def add(
    mailbox: str, host: str, username: str, folder: str, port: int | None, security: str, afterwards: str, move_to: str,
    old_mail: bool, trusts: tuple[str, ...],
) -> None:  # fmt: skip
    """Fetch for MAILBOX (its address) what comes to USERNAME at HOST. The password is read from standard input."""
    password = sys.stdin.readline().rstrip("\n")
    with open_desk() as app:
        found = [box.id for box in all_mailboxes() if mailbox in [each.address for each in box.addresses]]
        if not found:
            raise Invalid("mailbox", f"{mailbox} is no address of this desk: `postroom mailbox` lists them")
        wanted = ImapWanted(found[0], host, username, {"password": password}, security, port, folder, afterwards, move_to, old_mail, trusts)
        account = add_account(wanted, COMMAND_LINE, settings_of(app).signing_keys)
        db.session.commit()
        click.echo(f"Account {account.id} is fetched from now on.")


@imap.command("rest")
@click.argument("account_id", type=int)
@click.option("--wake", is_flag=True, help="go on with it")
def rest(account_id: int, wake: bool) -> None:
    """Let an account rest, or go on."""
    with open_desk():
        switch(account_id, COMMAND_LINE, is_active=wake)
        db.session.commit()


@imap.command("remove")
@click.argument("account_id", type=int)
def remove(account_id: int) -> None:
    """Fetch from an account no more; what was fetched stays."""
    with open_desk():
        remove_account(account_id, COMMAND_LINE)
        db.session.commit()
