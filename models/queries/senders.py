"""What the desk knows about an address that a mail comes from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.addresses import without_tag
from models.custody import AllowedSender, BlockedSender
from models.database import db
from models.mailbox import Mailbox, MailboxAddress
from models.people import STAFF, Role, User

TEXTS = ARRAY(Text)


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


def senders_known(senders: Sequence[tuple[str, str]]) -> list[SenderKnown]:
    """All of it about each of these addresses and names, in their order, in one question."""
    names = [" ".join(name.split()).lower() for _, name in senders]
    asked = func.unnest(cast([address for address, _ in senders], TEXTS), cast(names, TEXTS))
    one = asked.table_valued("address", "name", with_ordinality="number").render_derived()
    address, name = one.c.address, one.c.name
    of_agent = select(User.id).where(func.lower(User.full_name) == name, User.role.in_(STAFF))
    of_mailbox = select(Mailbox.id).where(func.lower(Mailbox.name) == name)
    found = select(
        select(MailboxAddress.address).where(MailboxAddress.address == address).exists(),
        select(AllowedSender.address).where(AllowedSender.address == address).exists(),
        select(BlockedSender.address).where(BlockedSender.address == address).exists(),
        select(User.id).where(func.lower(User.email) == address, User.role.in_(STAFF)).scalar_subquery(),
        and_(name != "", or_(of_agent.exists(), of_mailbox.exists())),
    )
    return [SenderKnown(*row) for row in db.session.execute(found.select_from(one).order_by(one.c.number))]


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
