"""Tickets that have to do with a ticket, and people a mail suggests, as far as the viewer may know of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import defer

from models.agent_notice import AgentNotice
from models.custody import InboundDelivery
from models.database import db
from models.people import User
from models.queries.counting import Count, up_to
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import SuggestedParticipant, Ticket, TicketLink

MOST_NOTICES = 20


@dataclass(frozen=True)
class LinkedTicket:
    """`kind` as in `TicketLink`, or 'follow_up' (it goes on from here) and 'follow_up_of' (this one goes on from it)."""

    kind: str
    ticket: Ticket  # without its description


def linked_tickets(ticket: Ticket, viewer: User, visibility: AgentVisibility) -> Sequence[LinkedTicket]:
    """The tickets linked with one that the viewer may see; those he may not see are left out, and so is their number."""
    if not viewer.is_staff:
        return []
    linked = union_all(
        select(TicketLink.kind.label("kind"), TicketLink.other_id.label("other_id")).where(TicketLink.ticket_id == ticket.id),
        select(literal("follow_up"), Ticket.id).where(Ticket.follow_up_of_id == ticket.id),
        select(literal("follow_up_of"), Ticket.follow_up_of_id).where(Ticket.id == ticket.id),
    ).subquery()
    found = select(linked.c.kind, Ticket).join(Ticket, Ticket.id == linked.c.other_id).options(defer(Ticket.description))
    rows = db.session.execute(found.where(visible_to(viewer, visibility)).order_by(Ticket.id, linked.c.kind))
    return [LinkedTicket(kind, other) for kind, other in rows]


def suggestions_for(ticket_id: int) -> Sequence[SuggestedParticipant]:
    """Who was suggested and not settled yet."""
    open_ones = select(SuggestedParticipant).where(
        SuggestedParticipant.ticket_id == ticket_id, SuggestedParticipant.outcome.is_(None)
    )
    return db.session.scalars(open_ones.order_by(SuggestedParticipant.id)).all()


def unread_notices(agent_id: int) -> Sequence[AgentNotice]:
    """What the agent has not read yet, the latest first."""
    unread = select(AgentNotice).where(AgentNotice.agent_id == agent_id, AgentNotice.read_at.is_(None))
    return db.session.scalars(unread.order_by(AgentNotice.id.desc()).limit(MOST_NOTICES)).all()


def unread_count(agent_id: int) -> Count:
    """How many of them there are, counted as far as they are listed."""
    return up_to(select(AgentNotice.id).where(AgentNotice.agent_id == agent_id, AgentNotice.read_at.is_(None)), MOST_NOTICES)


def holds_of(message_ids: Collection[int]) -> dict[int, str]:
    """Of these messages, those that wait for an agent's word: 'held' or 'discarded'. Automatic replies wait for none."""
    wanted = select(InboundDelivery.message_id, InboundDelivery.decision).where(
        InboundDelivery.message_id.in_(message_ids), InboundDelivery.decision != "auto_reply"
    )
    return {
        message_id: "discarded" if decision == "discarded" else "held"
        for message_id, decision in db.session.execute(wanted)
        if message_id is not None
    }
