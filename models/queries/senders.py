"""What the desk knows about an address that a mail comes from."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import false, func, or_, select

from models.addresses import without_tag
from models.custody import AllowedSender, BlockedSender
from models.database import db
from models.mailbox import Mailbox, MailboxAddress
from models.people import STAFF, Role, User


@dataclass(frozen=True)
class SenderKnown:
    """`agent_id`: whose address it is, where that is an agent or administrator, at work or not.

    `bears_our_name`: the name shown beside it is that of somebody who answers here, or of a mailbox.
    """

    is_us: bool
    is_allowed: bool
    is_blocked: bool
    agent_id: int | None
    bears_our_name: bool


def sender_known(address: str, name: str = "") -> SenderKnown:
    """All of it in one question; `address` is normalised."""
    plain = " ".join(name.split()).lower()
    of_agent = select(User.id).where(func.lower(User.full_name) == plain, User.role.in_(STAFF))
    of_mailbox = select(Mailbox.id).where(func.lower(Mailbox.name) == plain)
    found = db.session.execute(
        select(
            select(MailboxAddress.address).where(MailboxAddress.address == address).exists(),
            select(AllowedSender.address).where(AllowedSender.address == address).exists(),
            select(BlockedSender.address).where(BlockedSender.address == address).exists(),
            select(User.id).where(func.lower(User.email) == address, User.role.in_(STAFF)).scalar_subquery(),
            or_(of_agent.exists(), of_mailbox.exists()) if plain else false(),
        )
    )
    return SenderKnown(*found.one())


def addresses_of_ours(addresses: Collection[str]) -> set[str]:
    """Those of the normalised `addresses` that are a mailbox's, whatever their tag, or of somebody on the team."""
    plain = {address: without_tag(address)[0] for address in addresses}
    of_mailboxes = select(MailboxAddress.address).where(MailboxAddress.address.in_({*plain, *plain.values()}))
    of_team = select(func.lower(User.email)).where(func.lower(User.email).in_(addresses), User.role.in_(STAFF))
    known = {*db.session.scalars(of_mailboxes), *db.session.scalars(of_team)}
    return {address for address, without in plain.items() if address in known or without in known}


def agents_by_mail_at(mailbox_id: int) -> str:
    """What the mailbox lets an agent's mail become: 'off', 'note' or 'public'."""
    return db.session.scalars(select(Mailbox.agents_by_mail).where(Mailbox.id == mailbox_id)).one()


def blocked_senders(viewer: User) -> list[BlockedSender]:
    """The blocked addresses, the latest first: an administrator sees all, an agent those that he has blocked himself.

    They are other people's customers, whose mail an agent may not see either.
    """
    wanted = select(BlockedSender).order_by(BlockedSender.added_at.desc())
    if viewer.role != Role.ADMIN:
        wanted = wanted.where(BlockedSender.added_by_id == viewer.id)
    return list(db.session.scalars(wanted))
