"""Where a mail may be moved to: tickets that have to do with the one it is on."""

from collections.abc import Sequence

from sqlalchemy import literal, or_, select, union_all

from models.database import db
from models.errors import Invalid
from models.people import User
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Ticket, TicketLink

MOST_OFFERED = 6


def places_for(ticket: Ticket, viewer: User, visibility: AgentVisibility) -> Sequence[Ticket]:
    """Tickets to offer, those that are linked with this one first, then the customer's own, newest first."""
    fits = (
        visible_to(viewer, visibility),
        Ticket.id != ticket.id,
        Ticket.mailbox_id == ticket.mailbox_id,
        Ticket.merged_into_id.is_(None),
    )
    linked = select(TicketLink.other_id).where(TicketLink.ticket_id == ticket.id)
    # Two questions put together: "linked, or of this customer" is one that no index answers.
    other = select(Ticket.id, literal(0).label("place")).where(*fits, Ticket.id.in_(linked))
    own = select(Ticket.id, literal(1)).where(*fits, Ticket.customer_id == ticket.customer_id, Ticket.id.not_in(linked))
    found = union_all(*(each.order_by(Ticket.id.desc()).limit(MOST_OFFERED) for each in (other, own))).subquery()
    wanted = select(Ticket).join(found, found.c.id == Ticket.id).order_by(found.c.place, Ticket.id.desc())
    return db.session.scalars(wanted.limit(MOST_OFFERED)).all()


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
