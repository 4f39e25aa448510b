"""What the desk knows about an address that a mail comes from."""

from dataclasses import dataclass

from sqlalchemy import func, select

from models.custody import AllowedSender, BlockedSender
from models.database import db
from models.mailbox import Mailbox, MailboxAddress
from models.people import STAFF, User


@dataclass(frozen=True)
class SenderKnown:
    """`agent_id`: whose address it is, where that is an agent or administrator, at work or not."""

    is_us: bool
    is_allowed: bool
    is_blocked: bool
    agent_id: int | None


def sender_known(address: str) -> SenderKnown:
    """All of it in one question; `address` is normalised."""
    found = db.session.execute(
        select(
            select(MailboxAddress.address).where(MailboxAddress.address == address).exists(),
            select(AllowedSender.address).where(AllowedSender.address == address).exists(),
            select(BlockedSender.address).where(BlockedSender.address == address).exists(),
            select(User.id).where(func.lower(User.email) == address, User.role.in_(STAFF)).scalar_subquery(),
        )
    )
    return SenderKnown(*found.one())


def agents_by_mail_at(mailbox_id: int) -> str:
    """What the mailbox lets an agent's mail become: 'off', 'note' or 'public'."""
    return db.session.get_one(Mailbox, mailbox_id).agents_by_mail


def blocked_senders() -> list[BlockedSender]:
    """Every blocked address, the latest first."""
    return list(db.session.scalars(select(BlockedSender).order_by(BlockedSender.added_at.desc())))
