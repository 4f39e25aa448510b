"""Telling people by mail what happened to a ticket, by the contract's rule: what is internal goes to the assigned agent
and to those of the team who follow the ticket, what is public to customer and agents, nothing to its author.

An agent's reply IS the mail to the customer, so no second one tells of it. A customer hears of the statuses that his
mailbox tells (by default that it is resolved), when a person set them; who on the team holds his ticket is no news to
him. Agents are told while no browser of theirs has the desk open, or as they have chosen. All of this is automatic
mail: within its budgets, never twice, and not at all while the ticket's loop breaker is open.
"""

from typing import Any

from flask import current_app
from sqlalchemy import func, or_, select, text

from models.actions.budgets import take
from models.actions.loops import breaker_is_open
from models.actions.mail_queue import queue_mail
from models.actor import Actor
from models.addresses import normalise
from models.app import settings_of
from models.budget_rules import purses_of_a_customer_mail, purses_of_a_notice
from models.database import db
from models.events import MailQueued, record
from models.mailbox import Mailbox
from models.message import Direction, Message
from models.people import STAFF, Notices, User
from models.queries.attention import followers_of
from models.queries.suppression import is_suppressed
from models.text import clean_text
from models.ticket import Participant, Ticket
from models.timeline import TimelineEntry

MOST_SHOWN = 300  # characters of a message that a notice repeats
LIVE = text("interval '90 seconds'")  # who had the desk open that lately sees it there


def tell_of_message(ticket: Ticket, message: Message, words: str) -> None:
    """The assigned agent and whoever follows hear what somebody else has said on the locked ticket."""
    template = "agent_note" if message.direction == Direction.NOTE else "agent_message"
    said = {"who": message.author_name or message.author_address, "excerpt": excerpt(words)}
    tell_agents(ticket, template, f"message:{message.id}", message.id, said, author_id=message.author_id)


def tell_of_mention(ticket: Ticket, note: Message, agent_id: int) -> None:
    """Whoever was named in a note hears of it. The key is the note's: who was told of it already is not told twice."""
    said = {"who": note.author_name, "excerpt": excerpt(note.body)}
    tell_agent(ticket, agent_id, "agent_mention", f"message:{note.id}", note.id, said, author_id=note.author_id)


def tell_of_assignment(ticket: Ticket, entry: TimelineEntry) -> None:
    """Whoever a ticket was given to by others hears of it."""
    db.session.flush()
    said = {"who": entry.actor_name, "excerpt": excerpt(ticket.preview)}
    tell_agent(ticket, ticket.assigned_agent_id, "agent_assigned", f"assigned:{entry.id}", about(ticket), said, author_id=entry.actor_id)


def tell_of_status(ticket: Ticket, entry: TimelineEntry, actor: Actor) -> None:
    """A person has set the status by hand: the assigned agent hears of it, and the customer where his mailbox tells it."""
    db.session.flush()
    said = {"who": actor.name, "status": str(ticket.status)}
    tell_agents(ticket, "agent_status", f"status:{entry.id}", about(ticket), said, author_id=actor.id)
    if actor.id is not None and actor.id != ticket.customer_id:
        tell_customer_of_status(ticket, entry)


def tell_agents(
    ticket: Ticket, template: str, key: str, message_id: int | None, said: dict[str, Any], *, author_id: int | None
) -> None:
    """One notice to the assigned agent, and one to each who follows the ticket and may see it now."""
    following = followers_of(ticket.id, settings_of(current_app).agent_visibility)
    for agent_id in [ticket.assigned_agent_id, *sorted(following - {ticket.assigned_agent_id})]:
        tell_agent(ticket, agent_id, template, key, message_id, said, author_id=author_id)


def tell_agent(
    ticket: Ticket,
    agent_id: int | None,
    template: str,
    key: str,
    message_id: int | None,
    said: dict[str, Any],
    *,
    author_id: int | None,
) -> None:
    """One notice to one agent, unless he did it himself or does not want to be told."""
    agent = wants_notice(agent_id)
    if agent is None or agent.id == author_id or not agent.email or breaker_is_open(ticket):
        return
    if is_suppressed(agent.email) or take(purses_of_a_notice(normalise(agent.email), ticket.id)) is not None:
        return
    queue_mail(
        f"notice:{key}:{agent.id}",
        template,
        db.session.get_one(Mailbox, ticket.mailbox_id),
        agent.email,
        settings_of(current_app).signing_keys,
        automatic=True,
        ticket_id=ticket.id,
        message_id=message_id,
        agent_id=agent.id,
        said=said,
    )
    ring(ticket, message_id)


def wants_notice(agent_id: int | None) -> User | None:
    """The agent, if he is on the team and wants a mail now."""
    if agent_id is None:
        return None
    is_away = or_(User.seen_at.is_(None), User.seen_at < func.statement_timestamp() - LIVE)
    wanted = or_(User.notices == Notices.ALWAYS, (User.notices == Notices.AWAY) & is_away)
    return db.session.scalar(
        select(User).where(User.id == agent_id, User.is_active, User.role.in_(STAFF), wanted)
    )


def tell_customer_of_status(ticket: Ticket, entry: TimelineEntry) -> None:
    mailbox = db.session.get_one(Mailbox, ticket.mailbox_id)
    requester = requester_of(ticket)
    if ticket.status not in mailbox.told_statuses or requester is None or not ticket.takes_automatic_mail:
        return
    form = form_for(ticket)
    if not form or breaker_is_open(ticket) or is_suppressed(requester.address):
        return
    if take(purses_of_a_customer_mail(requester.address, ticket.id)) is not None:
        return
    last_read = last_public_to_customer(ticket)
    queue_mail(
        f"status:{entry.id}:{requester.id}",
        "status",
        mailbox,
        requester.address_as_written if form == "full" else requester.address,
        settings_of(current_app).signing_keys,
        automatic=True,
        ticket_id=ticket.id,
        message_id=last_read,
        participant_id=requester.id,
        said={"status": str(ticket.status), "form": form},
    )
    ring(ticket, last_read)


def form_for(ticket: Ticket) -> str:
    """In which form the requester may be written to by a machine: 'full', 'fixed' (repeating nothing), '' not at all.

    Whoever is not proved to have written is told nothing, unless a person of the team has answered him by mail.
    """
    written = select(Message.id).where(
        Message.ticket_id == ticket.id, Message.author_id == ticket.customer_id, Message.held_reason.is_(None)
    )
    if db.session.scalar(written.where(or_(Message.sender_verified, Message.source != "email")).limit(1)):
        return "full"
    answered = select(Message.id).where(
        Message.ticket_id == ticket.id, Message.direction == Direction.OUT, Message.audience_id.is_(None)
    )
    return "fixed" if db.session.scalar(answered.limit(1)) else ""


def requester_of(ticket: Ticket) -> Participant | None:
    present = select(Participant).where(
        Participant.ticket_id == ticket.id, Participant.role == "requester", Participant.left_at.is_(None)
    )
    return db.session.scalar(present.order_by(Participant.id).limit(1))


def about(ticket: Ticket) -> int | None:
    """The public message that a notice to the team hangs on: the last one."""
    return ticket.last_message_id


def last_public_to_customer(ticket: Ticket) -> int | None:
    """The one that a notice to the customer hangs on: the last that he may read. It is answered by its Message-ID, and
    after a merge the ticket's last one may be another customer's.
    """
    public = (Message.direction != Direction.NOTE, Message.held_reason.is_(None), Message.audience_id.is_(None))
    return db.session.scalar(select(func.max(Message.id)).where(Message.ticket_id == ticket.id, *public))


def ring(ticket: Ticket, message_id: int | None) -> None:
    """Let a worker know; without a message the sweep finds the mail."""
    if message_id is not None:
        record(MailQueued(ticket.id, message_id))


def excerpt(words: str) -> str:
    """Some plain words of a message, in one paragraph."""
    shown = " ".join(clean_text(words, MOST_SHOWN * 20).split())
    return shown if len(shown) <= MOST_SHOWN else shown[: MOST_SHOWN - 1].rstrip() + "…"
