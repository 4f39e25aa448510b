"""Snoozing, following, merging and splitting tickets."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from models.actions.following import follow, unfollow
from models.actions.merging import merge, undo_merge
from models.actions.snoozing import snooze, unsnooze
from models.actions.splitting import split, undo_split
from models.actions.tickets import assign
from models.api_token import Scope
from models.database import db
from models.people import Role
from models.queries.tickets import ticket_seen_by
from webapp.api.callers import Who, caller, visibility
from webapp.api.calls import call
from webapp.api.shapes import Sent, Told
from webapp.api.ticket_shapes import AttendedTicketShape, attended_ticket_shape

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class SnoozeWanted(Sent):
    until: AwareDatetime | None = Field(description="when it comes back, with its zone; null: now")


class FollowWanted(Sent):
    follow: bool


class Following(Told):
    follows: bool


class MergeWanted(Sent):
    into: Id = Field(description="the ticket that stays")
    let_in: list[Id] = Field([], max_length=50, description="ids of participants of this one who get what is written there from now on")


class SplitWanted(Sent):
    messages: list[Id] = Field(min_length=1, max_length=500, description="at least one of them a mail of a customer")
    subject: str = Field("", max_length=998, description="of the new ticket; empty: as here")


class MergedPair(Told):
    """The ticket that ended, and the one it goes on in; after an undo both stand by themselves."""

    ended: AttendedTicketShape
    stays: AttendedTicketShape


class SplitPair(Told):
    left: AttendedTicketShape
    new: AttendedTicketShape


@call("POST", "/tickets/<int:ticket_id>/snooze/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={200: AttendedTicketShape}, refuses=(409,))
def snooze_ticket(ticket_id: int, body: SnoozeWanted) -> AttendedTicketShape:
    """Take a ticket out of the lists until a time, or until its customer writes."""
    seen(ticket_id)
    if body.until is None:
        unsnooze(ticket_id, caller().actor)
    else:
        snooze(ticket_id, body.until, caller().actor)
    db.session.commit()
    return shape(ticket_id)


@call("POST", "/tickets/<int:ticket_id>/follow/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={200: Following})
def follow_ticket(ticket_id: int, body: FollowWanted) -> Following:
    """Hear of a ticket as its agent does, as long as you may see it; or no more."""
    seen(ticket_id)
    me = caller().user
    (follow if body.follow else unfollow)(ticket_id, me.id, caller().actor)
    db.session.commit()
    return Following(follows=body.follow)


@call("POST", "/tickets/<int:ticket_id>/merge/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={200: MergedPair}, refuses=(409,))
def merge_ticket(ticket_id: int, body: MergeWanted) -> MergedPair:
    """Let this ticket go on in another one of its mailbox. Nobody gets mail for a ticket he was not on, but whom you let in."""
    seen(ticket_id)
    seen(body.into)
    merge(ticket_id, body.into, caller().actor, body.let_in)
    db.session.commit()
    return MergedPair(ended=shape(ticket_id), stays=shape(body.into))


@call("POST", "/tickets/<int:ticket_id>/merge/undo/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={200: AttendedTicketShape}, refuses=(409,))
def unmerge_ticket(ticket_id: int) -> AttendedTicketShape:
    """Take back that this ticket was merged into another one."""
    seen(ticket_id)
    seen(undo_merge(ticket_id, caller().actor).stays.id)  # it loses messages: who sees only one half undoes nothing
    db.session.commit()
    return shape(ticket_id)


@call("POST", "/tickets/<int:ticket_id>/split/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={201: SplitPair}, refuses=(409,))
def split_ticket(ticket_id: int, body: SplitWanted) -> SplitPair:
    """Give some messages a ticket of their own; its customer is whoever wrote the first of them."""
    seen(ticket_id)
    done = split(ticket_id, body.messages, caller().actor, body.subject)
    if caller().user.role == Role.AGENT and visibility() == "assigned" and done.new.assigned_agent_id is None:
        assign(done.new.id, caller().user.id, caller().actor)  # else it would leave the sight of whoever made it
    new_id = done.new.id
    db.session.commit()
    return SplitPair(left=shape(ticket_id), new=shape(new_id))


@call("POST", "/tickets/<int:ticket_id>/split/undo/", who=Who.TEAM, scope=Scope.TICKETS_WRITE, answers={200: AttendedTicketShape}, refuses=(409,))
def unsplit_ticket(ticket_id: int) -> AttendedTicketShape:
    """Bring the messages of a ticket that was split off back to where they were."""
    seen(ticket_id)
    seen(undo_split(ticket_id, caller().actor).left.id)
    db.session.commit()
    return shape(ticket_id)


def seen(ticket_id: int) -> None:
    ticket_seen_by(caller().user, visibility(), ticket_id)


def shape(ticket_id: int) -> AttendedTicketShape:
    return attended_ticket_shape(ticket_seen_by(caller().user, visibility(), ticket_id), caller().user)
