"""Is somebody opening tickets faster than people write?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from models.database import db
from models.freemail import domain_counted
from models.message import Message
from models.people import User
from models.ticket import Ticket

WINDOW = timedelta(minutes=10)
MOST_FROM_ADDRESS = 20
MOST_FROM_DOMAIN = 60
REMEMBERED = timedelta(days=1)  # how long a flood's ticket takes more in, and an agent's word about it counts


@dataclass(frozen=True)
class FloodFound:
    """`source` is an address or '@domain'; `ticket_id` the ticket that takes the flood in, once there is one."""

    source: str
    ticket_id: int | None


def flood_from(
    address: str, mailbox_id: int, at: datetime | None, inbound_id: UUID, own_ticket_id: int | None
) -> FloodFound | None:
    """The flood that a mail from `address` is part of, judged at `at` (now where that is None).

    A mail that is judged again does not count itself: neither its own message nor the ticket it opened.
    """
    now = at or func.statement_timestamp()  # not clock_timestamp(): no index is read by what changes meanwhile
    domain = domain_counted(address)
    sources = [address, *([f"@{domain}"] if domain else [])]
    known = select(Ticket).where(
        Ticket.flood_of.in_(sources),
        Ticket.mailbox_id == mailbox_id,
        Ticket.created_at.between(now - REMEMBERED, now),
        Ticket.id.is_distinct_from(own_ticket_id),
    )
    tickets = {ticket.flood_of: ticket for ticket in db.session.scalars(known.order_by(Ticket.id))}
    for source in sources:
        ticket = tickets.get(source)
        if ticket is not None and ticket.flood_released_at is not None:
            return None
        if ticket is not None and goes_on(ticket.id, now, inbound_id):
            return FloodFound(source, ticket.id)
    by_address, by_domain = counts(address, domain, now, own_ticket_id)
    for source, count, most in zip(sources, (by_address, by_domain), (MOST_FROM_ADDRESS, MOST_FROM_DOMAIN), strict=False):
        if count >= most:
            ticket = tickets.get(source)
            return FloodFound(source, None if ticket is None else ticket.id)
    return None


def goes_on(ticket_id: int, now: datetime, inbound_id: UUID) -> bool:
    """Whether the flood's last mail is not long ago."""
    last = select(Message.id).where(
        Message.ticket_id == ticket_id,
        Message.created_at.between(now - WINDOW, now),
        Message.inbound_id.is_distinct_from(inbound_id),
    )
    return db.session.scalar(last.order_by(Message.id.desc()).limit(1)) is not None


def counts(address: str, domain: str, now: datetime, own_ticket_id: int | None) -> tuple[int, int]:
    """How many tickets were opened lately from the address and from its domain, no further than it matters."""
    lately = (Ticket.created_at.between(now - WINDOW, now), Ticket.id.is_distinct_from(own_ticket_id))
    person = select(User.id).where(func.lower(User.email) == address).scalar_subquery()
    some = select(Ticket.id).where(Ticket.customer_id == person, *lately).limit(MOST_FROM_ADDRESS).subquery()
    more = select(Ticket.id).where(Ticket.from_domain == domain, *lately).limit(MOST_FROM_DOMAIN).subquery()
    of_address = select(func.count()).select_from(some).scalar_subquery()
    of_domain = select(func.count()).select_from(more).scalar_subquery()
    by_address, by_domain = db.session.execute(select(of_address, of_domain)).one()
    return by_address, by_domain if domain else 0
