"""Support addresses: making them known to the gate."""

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from models.addresses import typed_address, without_tag
from models.database import db
from models.errors import Conflict, Invalid
from models.mailbox import Mailbox, MailboxAddress
from models.text import clean_text

BELL = "mailbox"  # the gates listen here, so that a new address is known at once


def create_mailbox(name: str, address: str) -> Mailbox:
    """A mailbox that takes mail at `address`. Raises `Invalid`, or `Conflict` when the address is taken."""
    name = " ".join(clean_text(name, 200).split())
    if not name:
        raise Invalid("name", "a mailbox needs a name")
    mailbox = Mailbox(name=name)
    db.session.add(mailbox)
    db.session.flush()
    add_address(mailbox.id, address, is_primary=True)
    db.session.refresh(mailbox)
    return mailbox


def add_address(mailbox_id: int, address: str, *, is_primary: bool = False) -> None:
    """Let the mailbox take mail at one more address. Raises `Invalid`, `Conflict`."""
    normal, tag = without_tag(typed_address(address, "address"))
    if tag:
        raise Invalid("address", "leave the +tag out: every tag of the address comes here by itself")
    added = insert(MailboxAddress).values(address=normal, mailbox_id=mailbox_id, is_primary=is_primary)
    if not db.session.scalar(added.on_conflict_do_nothing(index_elements=["address"]).returning(MailboxAddress.address)):
        raise Conflict(f"{normal} belongs to a mailbox already")
    db.session.execute(text("SELECT pg_notify(:bell, '')"), {"bell": BELL})


def ensure_first_mailbox(address: str) -> None:
    """The mailbox of `SUPPORT_ADDRESS`, made when the desk has none at all."""
    if not db.session.scalar(select(func.count(Mailbox.id))):
        create_mailbox("Support", address)
