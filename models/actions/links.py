"""Tickets that have to do with each other, so that agents find from one to the other."""

from sqlalchemy.dialects.postgresql import insert

from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.database import db
from models.ticket import TicketLink

OTHER_SIDE = {"sibling": "sibling", "may_belong_to": "may_belong_here"}


def link_tickets(ticket_id: int, other_id: int, kind: str, actor: Actor, why: str = "") -> None:
    """Link both ways; `kind` is how `ticket_id` sees the other. Customers never learn of it. A second time changes nothing."""
    if ticket_id == other_id:
        return
    for here, there, seen_as in ((ticket_id, other_id, kind), (other_id, ticket_id, OTHER_SIDE[kind])):
        link = insert(TicketLink).values(ticket_id=here, other_id=there, kind=seen_as)
        if db.session.scalar(link.on_conflict_do_nothing().returning(TicketLink.ticket_id)) is not None:
            note_on_timeline(here, seen_as, actor, is_internal=True, ticket=there, **({"why": why} if why else {}))
