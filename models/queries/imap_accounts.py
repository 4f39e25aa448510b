"""The accounts that mail is fetched from, for administrators."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.database import db
from models.errors import NotFound
from models.imap_account import ImapAccount


def imap_accounts() -> Sequence[ImapAccount]:
    """All of them, each with its mailbox, in the order in which they were made."""
    return db.session.scalars(select(ImapAccount).options(joinedload(ImapAccount.mailbox)).order_by(ImapAccount.id)).all()


def imap_account(account_id: int) -> ImapAccount:
    """Raises `NotFound`."""
    wanted = select(ImapAccount).options(joinedload(ImapAccount.mailbox)).where(ImapAccount.id == account_id)
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound("there is no such account")
    return found
