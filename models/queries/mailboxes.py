"""Mailboxes, for whoever administers them."""

from collections.abc import Sequence

from sqlalchemy import select

from models.database import db
from models.errors import NotFound
from models.mailbox import Mailbox


def all_mailboxes() -> Sequence[Mailbox]:
    return db.session.scalars(select(Mailbox).order_by(Mailbox.id)).all()


def one_mailbox(mailbox_id: int) -> Mailbox:
    """Raises `NotFound`."""
    mailbox = db.session.get(Mailbox, mailbox_id)
    if mailbox is None:
        raise NotFound("there is no such mailbox")
    return mailbox
