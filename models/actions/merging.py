"""Merging a ticket into another, and taking that back. Two threads become one for the team; two audiences stay two.

Nobody gets mail for a conversation he was not in, unless an agent lets him in by name (mail-safety 2.5): who took part
in the ticket that ends goes on writing to the one that stays, and reads there nothing but what he wrote himself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from models.actions.carrying import carry_all, carry_back, last_entry, undo_of
from models.actions.moving import give_status_back, leave_again
from models.actions.participants import Newcomer, take_in
from models.actions.snoozing import wake
from models.actions.tickets import MAX_TAGS, change_status, lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.attention import Follower
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.events import TicketUpdated, record
from models.message import Direction, Message
from models.moves import status_after_customer_wrote
from models.people import User
from models.ticket import ACTIVE, Participant, Status, Ticket, ref_of


@dataclass(frozen=True)
class Merged:
    """The ticket that ended, and the one it goes on in."""

    ended: Ticket
    stays: Ticket


def merge(ended_id: int, stays_id: int, actor: Actor, let_in: Collection[int] = ()) -> Merged:
    """Let a ticket go on in another of its mailbox, with all that was said on it. The caller commits.

    `let_in` are participants of the ticket that ends who shall get what is written on the other from now on. Raises
    `Conflict`, `Forbidden`, `Invalid`, `NotFound`.
    """
    ended, stays = lock_both(ended_id, stays_id, actor)
    refuse_what_cannot_merge(ended, stays)
    asks = ended.status in ACTIVE and ended.last_direction == Direction.IN
    undo: dict[str, Any] = {"status": stays.status, "left_status": ended.status}
    undo["joined"] = [take_in(stays, newcomer, actor).id for newcomer in newcomers(ended, stays, let_in)]
    everything = db.session.scalars(select(Message.id).where(Message.ticket_id == ended.id)).all()
    undo["messages"] = carry_all(everything, ended, stays)
    undo["tags"] = [tag for tag in ended.tags if tag not in stays.tags][: max(0, MAX_TAGS - len(stays.tags))]
    stays.tags = [*stays.tags, *undo["tags"]]
    undo["followers"] = bring_followers(ended, stays)
    change_status(ended, Status.CLOSED, actor)
    ended.merged_into_id = stays.id
    if asks:
        wake(stays, actor, "merge")
        change_status(stays, status_after_customer_wrote(stays.status, stays.assigned_agent_id is not None), actor)
    undo["became"] = stays.status
    tell(ended, stays, actor, undo)
    return Merged(ended, stays)


def undo_merge(ended_id: int, actor: Actor) -> Merged:
    """Make two tickets of one again. What its people have written since goes back with them; answers given since stay.

    Raises `Conflict` where the ticket was not merged, or the other one has been merged on since: its words are there.
    """
    entry = last_entry(ended_id, "merged_into")
    undo = undo_of(entry)
    if entry is None or undo is None:
        raise Conflict("this ticket was not merged into another one")
    ended, stays = lock_both(ended_id, int(entry.data["to"]), actor)
    if ended.merged_into_id != stays.id:
        raise Conflict("this ticket goes on by itself already")
    if stays.merged_into_id is not None:
        raise Conflict(f"{stays.ref} goes on in {ref_of(stays.merged_into_id)} since: take that back first")
    written_since = db.session.scalars(
        select(Message.id).where(Message.ticket_id == stays.id, Message.audience_id == ended.id)
    ).all()
    carry_back([*([each, None] for each in written_since), *undo["messages"]], stays, ended)
    ended.merged_into_id = None
    change_status(ended, undo["left_status"], actor)
    give_status_back(stays, undo, actor)
    stays.tags = [tag for tag in stays.tags if tag not in undo["tags"]]
    for participant_id in undo["joined"]:
        leave_again(stays, int(participant_id))
    db.session.execute(
        delete(Follower).where(Follower.ticket_id == stays.id, Follower.user_id.in_(undo["followers"]))
    )
    tell(ended, stays, actor, None)
    return Merged(ended, stays)


def lock_both(one_id: int, other_id: int, actor: Actor) -> tuple[Ticket, Ticket]:
    """Both tickets, held, in one order: so that two who merge at once never wait in a ring."""
    if not actor.is_staff:
        raise Forbidden("only agents merge tickets")
    if one_id == other_id:
        raise Conflict("a ticket cannot be merged into itself")
    locked = {each: lock_ticket(each) for each in sorted((one_id, other_id))}
    return locked[one_id], locked[other_id]


def refuse_what_cannot_merge(ended: Ticket, stays: Ticket) -> None:
    for ticket in (ended, stays):
        if ticket.removed_as is not None:
            raise NotFound("there is no such ticket")
        if ticket.merged_into_id is not None:
            raise Conflict(f"{ticket.ref} goes on in {ref_of(ticket.merged_into_id)} already")
        if ticket.flood_of is not None:
            raise Conflict(f"{ticket.ref} takes a flood in: let its mails be filed one by one first")
    if ended.mailbox_id != stays.mailbox_id:
        raise Invalid("into", f"{stays.ref} belongs to another mailbox, and mail does not cross from one to the other")
    if stays.status == Status.CLOSED:
        raise Conflict(f"{stays.ref} is closed: reopen it, or choose another one")


def newcomers(ended: Ticket, stays: Ticket, let_in: Collection[int]) -> list[Newcomer]:
    """Those of the ended ticket's people whom the agent lets in and who do not take part in the other one."""
    if not let_in:
        return []
    there = set(db.session.scalars(addresses_on(stays)))
    chosen = db.session.execute(
        select(Participant, User.full_name)
        .join(User, User.id == Participant.user_id)
        .where(Participant.id.in_(let_in), Participant.ticket_id == ended.id, Participant.left_at.is_(None))
        .order_by(Participant.id)
    )
    return [Newcomer(each.address, each.address_as_written, name) for each, name in chosen if each.address not in there]


def addresses_on(ticket: Ticket) -> "select[tuple[str]]":  # type: ignore[type-arg]
    return select(Participant.address).where(Participant.ticket_id == ticket.id, Participant.left_at.is_(None))


def bring_followers(ended: Ticket, stays: Ticket) -> Sequence[int]:
    """Who followed the one follows the other; those who did not before."""
    following = db.session.scalars(select(Follower.user_id).where(Follower.ticket_id == ended.id)).all()
    if not following:
        return []
    rows = [{"ticket_id": stays.id, "user_id": each} for each in following]
    return list(db.session.scalars(insert(Follower).values(rows).on_conflict_do_nothing().returning(Follower.user_id)))


def tell(ended: Ticket, stays: Ticket, actor: Actor, undo: dict[str, Any] | None) -> None:
    """A line on both timelines, for the team; the one on the ended side knows how to take the merge back."""
    did = "merged" if undo is not None else "unmerged"
    note_on_timeline(ended.id, f"{did}_into", actor, is_internal=True, to=stays.id, ref=stays.ref, undo=undo)
    note_on_timeline(stays.id, f"{did}_here", actor, is_internal=True, **{"from": ended.id}, ref=ended.ref)
    record(TicketUpdated(ended.id))
    record(TicketUpdated(stays.id))
