"""Following a ticket: whoever follows is told of it by mail as its agent is, as long as he may see it."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.attention import Follower
from models.database import db
from models.errors import Forbidden, Invalid
from models.events import TicketUpdated, record
from models.people import STAFF, User


def follow(ticket_id: int, agent_id: int, actor: Actor) -> bool:
    """Let an agent follow a ticket; whether he does so only now. Raises `Forbidden`, `Invalid`.

    The caller has asked whether `actor` may see the ticket. `agent_id` is his own, or who was mentioned by him.
    """
    if not actor.is_staff:
        raise Forbidden("only the team follows tickets")
    agent = db.session.get(User, agent_id)
    if agent is None or agent.role not in STAFF or not agent.is_active:
        raise Invalid("agent", "only agents and administrators can follow a ticket")
    wanted = insert(Follower).values(ticket_id=ticket_id, user_id=agent_id).on_conflict_do_nothing()
    if db.session.scalar(wanted.returning(Follower.user_id)) is None:
        return False
    note_on_timeline(ticket_id, "followed", actor, is_internal=True, agent=agent_id, name=agent.name)
    record(TicketUpdated(ticket_id))
    return True


def unfollow(ticket_id: int, agent_id: int, actor: Actor) -> bool:
    """Let him hear of the ticket no more; whether he had followed it. One ends only one's own following."""
    if not actor.is_staff or actor.id != agent_id:
        raise Forbidden("everybody says for himself what he follows no more")
    left = delete(Follower).where(Follower.ticket_id == ticket_id, Follower.user_id == agent_id)
    if db.session.scalar(left.returning(Follower.user_id)) is None:
        return False
    note_on_timeline(ticket_id, "unfollowed", actor, is_internal=True, agent=agent_id)
    record(TicketUpdated(ticket_id))
    return True
