"""Tickets: the list, one of them, opening, editing, moving, assigning, deleting; and what happened to one."""

from typing import Annotated, Any, Literal

from flask import request
from pydantic import BeforeValidator, Field

from models.actions.customers import ask, reopen
from models.actions.removing import delete_ticket, restore_ticket
from models.actions.tickets import assign, edit_ticket, set_status
from models.api_token import Scope
from models.database import db
from models.message import Source
from models.people import Role
from models.queries.conversations import timeline_of
from models.queries.ticket_list import Filters, deleted_ticket_seen_by, tickets_seen_by
from models.queries.tickets import ticket_seen_by
from models.text import clean_text
from models.ticket import Priority, Status
from webapp.api.callers import Who, caller, visibility
from webapp.api.calls import call
from webapp.api.shapes import PageWanted, Sent, Told
from webapp.api.ticket_shapes import HappeningShape, TicketShape, ticket_shape, ticket_shapes, timeline_shapes
from webapp.uploads import sent_files

KEY = {"Idempotency-Key": "the same key again does nothing twice: it answers with what the first call made"}


def split(sent: Any) -> Any:
    """`OPEN,ASSIGNED` and repeated parameters are both lists."""
    return [part for each in ([sent] if isinstance(sent, str) else sent) for part in each.split(",") if part]


Statuses = Annotated[list[Status], BeforeValidator(split)]
Priorities = Annotated[list[Priority], BeforeValidator(split)]
AgentWanted = Annotated[str, Field(pattern=r"^(me|none|[0-9]{1,18})?$", description="`me`, `none` or an id")]
Ordering = Literal["-updated_at", "updated_at", "-created_at", "created_at", "-priority", "priority", "-id", "id"]


class TicketsWanted(PageWanted):
    status: Statuses = Field([], description="any of these, separated by commas")
    priority: Priorities = Field([], description="any of these, separated by commas")
    assigned_agent: AgentWanted = ""
    mailbox: int | None = Field(None, ge=0, le=2**63 - 1)
    tag: str = Field("", max_length=60)
    ordering: Ordering = "-updated_at"
    deleted: bool = Field(False, description="for administrators: the deleted ones instead")


class TicketPage(Told):
    results: list[TicketShape]
    next: str | None
    previous: str | None


class NewTicket(Sent):
    subject: str = Field(min_length=1, max_length=998)
    description: str = Field(min_length=1)
    priority: Priority = Priority.MEDIUM


class TicketChange(Sent):
    """What is left out, or null, stays as it is."""

    subject: str | None = Field(None, min_length=1, max_length=998)
    priority: Priority | None = None
    tags: list[Annotated[str, Field(max_length=60)]] | None = Field(None, max_length=50)


class StatusWanted(Sent):
    status: Status


class Assignment(Sent):
    assigned_agent: int | None = Field(description="id of an agent or administrator; null: nobody")


class Timeline(Told):
    results: list[HappeningShape]


@call("GET", "/tickets/", scope=Scope.TICKETS_READ, answers={200: TicketPage})
def list_tickets(query: TicketsWanted) -> TicketPage:
    """The tickets you may see, newest activity first.

    Administrators see all of them, agents what AGENT_VISIBILITY says, customers their own.
    """
    me = caller().user
    filters = Filters(query.status, query.priority, query.assigned_agent, query.mailbox, clean_text(query.tag, 60), query.deleted)
    found = tickets_seen_by(me, visibility(), filters, query.ordering, query.cursor, query.page_size)
    return TicketPage(results=ticket_shapes(found.rows, me), next=found.next, previous=found.previous)


@call("POST", "/tickets/", scope=Scope.TICKETS_WRITE, answers={201: TicketShape}, refuses=(409,), takes_files=True, headers=KEY)
def open_ticket(body: NewTicket) -> TicketShape:
    """Open a ticket, as its customer.

    An agent who would not see it otherwise holds it.
    """
    me = caller().user
    ticket = ask(
        me, body.subject, body.description, source=Source.API, priority=body.priority, files=sent_files(), idempotency_key=sent_key()
    )
    if me.role == Role.AGENT and visibility() == "assigned" and ticket.assigned_agent_id is None:
        assign(ticket.id, me.id, caller().actor)
    db.session.commit()
    return one_ticket(ticket.id)


@call("GET", "/tickets/<int:ticket_id>/", scope=Scope.TICKETS_READ, answers={200: TicketShape})
def get_ticket(ticket_id: int) -> TicketShape:
    """One ticket."""
    return one_ticket(ticket_id)


@call("PATCH", "/tickets/<int:ticket_id>/", scope=Scope.TICKETS_WRITE, answers={200: TicketShape})
def change_ticket(ticket_id: int, body: TicketChange) -> TicketShape:
    """Change subject, priority or tags; for the team."""
    ticket_seen_by(caller().user, visibility(), ticket_id)
    edit_ticket(ticket_id, caller().actor, subject=body.subject, priority=body.priority, tags=body.tags)
    db.session.commit()
    return one_ticket(ticket_id)


@call("DELETE", "/tickets/<int:ticket_id>/", scope=Scope.TICKETS_WRITE, answers={204: None}, refuses=(409,))
def remove_ticket(ticket_id: int) -> tuple[None, int]:
    """Delete a ticket; for administrators. Nothing is destroyed: it can be restored."""
    ticket_seen_by(caller().user, visibility(), ticket_id)
    delete_ticket(ticket_id, caller().actor)
    db.session.commit()
    return None, 204


@call("POST", "/tickets/<int:ticket_id>/restore/", who=Who.ADMIN, scope=Scope.TICKETS_WRITE, answers={200: TicketShape}, refuses=(409,))
def bring_back_ticket(ticket_id: int) -> TicketShape:
    """Bring a deleted ticket back as it was."""
    deleted_ticket_seen_by(caller().user, ticket_id)
    restore_ticket(ticket_id, caller().actor)
    db.session.commit()
    return one_ticket(ticket_id)


@call("POST", "/tickets/<int:ticket_id>/set-status/", scope=Scope.TICKETS_WRITE, answers={200: TicketShape}, refuses=(409,))
def move_ticket(ticket_id: int, body: StatusWanted) -> TicketShape:
    """Give a ticket another status. A 409 names the moves there are.

    Customers may resolve their own tickets, and reopen them within the reopen window.
    """
    ticket_seen_by(caller().user, visibility(), ticket_id)
    move(ticket_id, body.status)
    db.session.commit()
    return one_ticket(ticket_id)


@call("POST", "/tickets/<int:ticket_id>/assign/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={200: TicketShape})
def assign_ticket(ticket_id: int, body: Assignment) -> TicketShape:
    """Give a ticket to an agent, or to nobody.

    The answer is the ticket as you saw it last, also where it is no longer yours to see.
    """
    ticket = ticket_seen_by(caller().user, visibility(), ticket_id)
    assign(ticket_id, body.assigned_agent, caller().actor)
    db.session.commit()
    db.session.refresh(ticket, ["assigned_agent", "customer"])
    return ticket_shape(ticket, caller().user)


@call("GET", "/tickets/<int:ticket_id>/timeline/", scope=Scope.TICKETS_READ, answers={200: Timeline})
def get_timeline(ticket_id: int) -> Timeline:
    """What happened to a ticket, newest last."""
    ticket_seen_by(caller().user, visibility(), ticket_id)
    return Timeline(results=timeline_shapes(timeline_of(ticket_id, caller().user), caller().user))


def one_ticket(ticket_id: int) -> TicketShape:
    return ticket_shape(ticket_seen_by(caller().user, visibility(), ticket_id), caller().user)


def move(ticket_id: int, status: Status) -> None:
    """The move, by whoever calls; a customer's way back to work has its own rule."""
    me = caller().user
    if not me.is_staff and status in (Status.OPEN, Status.IN_PROGRESS):
        ticket = ticket_seen_by(me, visibility(), ticket_id)
        if ticket.status == Status.RESOLVED and status == (Status.IN_PROGRESS if ticket.assigned_agent_id else Status.OPEN):
            reopen(ticket_id, me)
            return
    set_status(ticket_id, status, caller().actor)


def sent_key() -> str | None:
    """The Idempotency-Key of this request."""
    return clean_text(request.headers.get("Idempotency-Key", ""), 100) or None
