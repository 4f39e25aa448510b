"""Is somebody opening tickets faster than people write?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, TableValuedAlias, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

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


@dataclass(frozen=True)
class FloodAsked:
    """A mail from the normalised `address` that may be part of a flood, judged at `at` (now where that is None).

    A mail that is judged again does not count itself: neither its own message nor the ticket it opened.
    """

    address: str
    mailbox_id: int
    inbound_id: UUID
    own_ticket_id: int | None = None
    at: datetime | None = None

    @property
    def domain(self) -> str:
        return domain_counted(self.address)

    @property
    def sources(self) -> list[str]:
        """Whose mails are counted together with it, the nearest first."""
        return [self.address, *([f"@{self.domain}"] if self.domain else [])]


def floods_from(asked: Sequence[FloodAsked]) -> list[FloodFound | None]:
    """For each of the mails, the flood that it is part of. Two questions for all of them, and more only in a flood."""
    tickets, counted = flood_tickets(asked), counts(asked)
    return [flood_of(each, tickets[number], counted[number]) for number, each in enumerate(asked)]


def flood_of(asked: FloodAsked, tickets: Mapping[str, Ticket], counted: Sequence[int]) -> FloodFound | None:
    """The flood, by the tickets that take one in already, and by how many were opened from each of its sources."""
    for source in asked.sources:
        ticket = tickets.get(source)
        if ticket is not None and ticket.flood_released_at is not None:
            return None
        if ticket is not None and goes_on(ticket.id, asked.at or func.statement_timestamp(), asked.inbound_id):
            return FloodFound(source, ticket.id)
    for source, count, most in zip(asked.sources, counted, (MOST_FROM_ADDRESS, MOST_FROM_DOMAIN), strict=False):
        if count >= most:
            ticket = tickets.get(source)
            return FloodFound(source, None if ticket is None else ticket.id)
    return None


def as_rows(asked: Sequence[FloodAsked]) -> TableValuedAlias:
    """What is asked, as rows that a question can be asked about."""
    columns = (
        cast([each.address for each in asked], ARRAY(Text)),
        cast([each.domain for each in asked], ARRAY(Text)),
        cast([each.mailbox_id for each in asked], ARRAY(BigInteger)),
        cast([each.own_ticket_id for each in asked], ARRAY(BigInteger)),
        cast([each.at for each in asked], ARRAY(DateTime(timezone=True))),
    )
    names = ("address", "domain", "mailbox_id", "own_ticket_id", "at")
    return func.unnest(*columns).table_valued(*names, with_ordinality="number").render_derived()


def flood_tickets(asked: Sequence[FloodAsked]) -> list[dict[str, Ticket]]:
    """For each, the tickets of its mailbox that have taken in floods from its sources lately, by source."""
    one = as_rows(asked)
    now = func.coalesce(one.c.at, func.statement_timestamp())  # not clock_timestamp(): no index is read by what changes
    known = select(one.c.number, Ticket).join(
        Ticket,
        and_(
            Ticket.flood_of.in_([one.c.address, func.concat("@", one.c.domain)]),
            Ticket.mailbox_id == one.c.mailbox_id,
            Ticket.created_at.between(now - REMEMBERED, now),
            Ticket.id.is_distinct_from(one.c.own_ticket_id),
        ),
    )
    found: list[dict[str, Ticket]] = [{} for _ in asked]
    for number, ticket in db.session.execute(known.order_by(Ticket.id)):
        found[number - 1][ticket.flood_of] = ticket
    return found


def goes_on(ticket_id: int, now: datetime, inbound_id: UUID) -> bool:
    """Whether the flood's last mail is not long ago."""
    last = select(Message.id).where(
        Message.ticket_id == ticket_id,
        Message.created_at.between(now - WINDOW, now),
        Message.inbound_id.is_distinct_from(inbound_id),
    )
    return db.session.scalar(last.order_by(Message.id.desc()).limit(1)) is not None


def counts(asked: Sequence[FloodAsked]) -> list[tuple[int, int]]:
    """How many tickets were opened lately from each address and from its domain, no further than it matters."""
    one = as_rows(asked)
    now = func.coalesce(one.c.at, func.statement_timestamp())
    lately = (Ticket.created_at.between(now - WINDOW, now), Ticket.id.is_distinct_from(one.c.own_ticket_id))
    person = select(User.id).where(func.lower(User.email) == one.c.address).correlate(one).scalar_subquery()
    some = select(Ticket.id).where(Ticket.customer_id == person, *lately).limit(MOST_FROM_ADDRESS)
    more = select(Ticket.id).where(one.c.domain != "", Ticket.from_domain == one.c.domain, *lately).limit(MOST_FROM_DOMAIN)
    how_many = [select(func.count()).select_from(each.correlate(one).subquery()).scalar_subquery() for each in (some, more)]
    found = db.session.execute(select(*how_many).select_from(one).order_by(one.c.number))
    return [(by_address, by_domain) for by_address, by_domain in found]
