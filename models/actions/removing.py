"""Deleting a ticket, and bringing it back: nothing is destroyed, and the timeline says who did it."""

from models.actions.audit import note_in_audit
from models.actions.tickets import lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.errors import Conflict, Forbidden
from models.events import TicketUpdated, record
from models.people import Role
from models.ticket import Ticket


def delete_ticket(ticket_id: int, actor: Actor) -> Ticket:
    """Take a ticket out of everybody's sight. Mail that goes on with it waits for an agent. Raises `Forbidden`."""
    return remove(ticket_id, "deleted", actor)


def restore_ticket(ticket_id: int, actor: Actor) -> Ticket:
    """Bring a deleted ticket back as it was. Raises `Forbidden`, `Conflict` where it is not deleted."""
    return remove(ticket_id, None, actor)


def remove(ticket_id: int, removed_as: str | None, actor: Actor) -> Ticket:
    if actor.role != Role.ADMIN:
        raise Forbidden("only administrators delete tickets and bring them back")
    ticket = lock_ticket(ticket_id)
    if (ticket.removed_as == "deleted") == (removed_as == "deleted"):
        raise Conflict("this ticket is deleted already") if removed_as else Conflict("this ticket is not deleted")
    ticket.removed_as = removed_as
    note_on_timeline(ticket.id, "deleted" if removed_as else "restored", actor, is_internal=True)
    note_in_audit(actor, "ticket.deleted" if removed_as else "ticket.restored", "ticket", ticket.id, ticket.ref)
    record(TicketUpdated(ticket.id))
    return ticket
