"""Where a mail may be moved to: tickets that have to do with the one it is on."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import BigInteger, Select, bindparam, literal, or_, select, union_all
from sqlalchemy.orm import load_only

from models.database import db
from models.errors import Invalid
from models.people import User
from models.queries.readers import TICKET, any_reader, spelt_out
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Ticket, TicketLink

MOST_OFFERED = 6


def places_for(ticket: Ticket, viewer: User, visibility: AgentVisibility) -> Sequence[Ticket]:
    """Tickets to offer, those that are linked with this one first, then the customer's own, newest first.

    Of each its reference, its subject and whether it lives are loaded, and no more.
    """
    wanted = offered_to(viewer.role, viewer.is_active, visibility)
    here = {"ticket_id": ticket.id, "mailbox_id": ticket.mailbox_id, "customer_id": ticket.customer_id}
    return db.session.scalars(wanted, here | {"viewer_id": viewer.id}).all()


@lru_cache(100)
def offered_to(role: str, is_active: bool, visibility: AgentVisibility) -> Select[tuple[Ticket]]:
    fits = (
        visible_to(any_reader(role, is_active), visibility),
        Ticket.id != TICKET,
        Ticket.mailbox_id == bindparam("mailbox_id", type_=BigInteger),
        Ticket.merged_into_id.is_(None),
    )
    linked = select(TicketLink.other_id).where(TicketLink.ticket_id == TICKET)
    # Two questions put together: "linked, or of this customer" is one that no index answers.
    other = select(Ticket.id, literal(0).label("place")).where(*fits, Ticket.id.in_(linked))
    own = select(Ticket.id, literal(1)).where(*fits, Ticket.customer_id == bindparam("customer_id", type_=BigInteger), Ticket.id.not_in(linked))
    found = union_all(*(each.order_by(Ticket.id.desc()).limit(MOST_OFFERED) for each in (other, own))).subquery()
    shown = load_only(Ticket.ref, Ticket.subject, Ticket.status, Ticket.merged_into_id)
    wanted = select(Ticket).options(shown).join(found, found.c.id == Ticket.id).order_by(found.c.place, Ticket.id.desc())
    return spelt_out(wanted.limit(MOST_OFFERED))


def place_named(written: str, viewer: User, visibility: AgentVisibility) -> int:
    """The ticket that an agent has typed as a reference or a number. Raises `Invalid` where he knows of none."""
    name = written.strip().strip("[]").removeprefix("#").upper()
    is_named = Ticket.ref == name
    if name.isdecimal() and len(name) <= 18:
        is_named = or_(is_named, Ticket.id == int(name))
    ticket_id = db.session.scalar(select(Ticket.id).where(is_named, visible_to(viewer, visibility)))
    if ticket_id is None:
        raise Invalid("ticket", f"there is no ticket “{name or written}” that you can see")
    return ticket_id
