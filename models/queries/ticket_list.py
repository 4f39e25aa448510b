"""The list of tickets that scripts ask for: filtered, sorted, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, false, select, true
from sqlalchemy.orm import joinedload

from models.database import db
from models.errors import NotFound
from models.people import Role, User
from models.queries.keysets import Order, Slice, as_moment, as_number, slice_of
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Priority, Ticket

SHOWN = (joinedload(Ticket.customer), joinedload(Ticket.assigned_agent), joinedload(Ticket.mailbox))

URGENCY = case({str(priority): weight for weight, priority in enumerate(Priority)}, value=Ticket.priority)


KEYS = {
    "updated_at": (Ticket.updated_at, as_moment),
    "created_at": (Ticket.created_at, as_moment),
    "priority": (URGENCY, as_number),
    "id": (Ticket.id, as_number),
}
ORDERINGS = tuple(sign + name for name in KEYS for sign in ("-", ""))


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; what is empty narrows nothing. `agent` is 'me', 'none' or an id."""

    statuses: Sequence[str] = ()
    priorities: Sequence[str] = ()
    agent: str = ""
    mailbox_id: int | None = None
    tag: str = ""
    deleted: bool = False


def order_named(ordering: str) -> Order:
    name = ordering.removeprefix("-")
    key, read = KEYS[name]
    return Order(ordering, key, Ticket.id, ordering.startswith("-"), read)


def tickets_seen_by(
    viewer: User, visibility: AgentVisibility, filters: Filters, ordering: str, cursor: str, size: int
) -> Slice:
    """A page of the tickets the viewer may see, with customer, agent and mailbox loaded. `ordering` is one of `ORDERINGS`."""
    rights = is_deleted_for(viewer) if filters.deleted else visible_to(viewer, visibility)
    wanted = select(Ticket).where(rights, *narrowed(filters, viewer)).options(*SHOWN)
    return slice_of(wanted, order_named(ordering), cursor, size)


def narrowed(filters: Filters, viewer: User) -> list[ColumnElement[bool]]:
    """The filters as conditions. Tags are the team's own words: to a customer no ticket has any."""
    conditions: list[ColumnElement[bool]] = []
    if filters.statuses:
        conditions.append(Ticket.status.in_(filters.statuses))
    if filters.priorities:
        conditions.append(Ticket.priority.in_(filters.priorities))
    if filters.agent:
        conditions.append(held_by(filters.agent, viewer))
    if filters.mailbox_id is not None:
        conditions.append(Ticket.mailbox_id == filters.mailbox_id)
    if filters.tag:
        conditions.append(Ticket.tags.contains([filters.tag.lower()]) if viewer.is_staff else false())
    return conditions


def held_by(agent: str, viewer: User) -> ColumnElement[bool]:
    if agent == "none":
        return Ticket.assigned_agent_id.is_(None)
    return Ticket.assigned_agent_id == (viewer.id if agent == "me" else int(agent))


def is_deleted_for(viewer: User) -> ColumnElement[bool]:
    """Deleted tickets, which only administrators see, and only when they ask for them."""
    is_admin = true() if viewer.role == Role.ADMIN and viewer.is_active else false()
    return (Ticket.removed_as == "deleted") & is_admin


def deleted_ticket_seen_by(viewer: User, ticket_id: int) -> Ticket:
    """A ticket that was deleted. Raises `NotFound` also for everybody but administrators."""
    ticket = db.session.scalar(select(Ticket).where(Ticket.id == ticket_id, is_deleted_for(viewer)).options(*SHOWN))
    if ticket is None:
        raise NotFound("there is no such deleted ticket, or it is not yours to see")
    return ticket
