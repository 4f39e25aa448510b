"""Naming a colleague in a note: he is told, and follows the ticket from then on.

Only whoever may see the ticket can be named: a mention gives nobody sight of what is not his.
"""

from flask import current_app

from models.actions.agent_notices import notice_to_agent
from models.actions.following import follow
from models.actions.notices import tell_of_mention
from models.actor import Actor
from models.app import settings_of
from models.database import db
from models.mentions import named_in
from models.message import Mention, Message
from models.queries.mentions import nameable_on
from models.ticket import Ticket


def mention(ticket: Ticket, note: Message, actor: Actor) -> list[int]:
    """Tell those whom the note on the locked ticket names. Their ids; the writer is told nothing by himself."""
    if "@" not in note.body:
        return []
    people = [each for each in nameable_on(ticket.id, settings_of(current_app).agent_visibility) if each.id != actor.id]
    named = named_in(note.body, people)
    for agent_id in named:
        db.session.add(Mention(message_id=note.id, agent_id=agent_id))
        follow(ticket.id, agent_id, actor)
        notice_to_agent(agent_id, f"{actor.name} has named you in a note on {ticket.ref}, “{ticket.subject}”", ticket.id)
        tell_of_mention(ticket, note, agent_id)
    return named
