"""Telling one agent something inside the desk."""

from sqlalchemy import func, select, update

from models.agent_notice import AgentNotice
from models.database import db
from models.text import clean_text

MAX_SENTENCE = 500


def notice_to_agent(agent_id: int, sentence: str, ticket_id: int | None = None) -> None:
    """Leave a sentence for the agent. While the same is unread nothing is added: a thousand forgeries are one notice."""
    sentence = clean_text(sentence, MAX_SENTENCE)
    same = select(AgentNotice.id).where(
        AgentNotice.agent_id == agent_id,
        AgentNotice.ticket_id.is_not_distinct_from(ticket_id),
        AgentNotice.sentence == sentence,
        AgentNotice.read_at.is_(None),
    )
    if db.session.scalar(same.limit(1)) is None:
        db.session.add(AgentNotice(agent_id=agent_id, ticket_id=ticket_id, sentence=sentence))
        db.session.flush()


def has_read_notices(agent_id: int) -> None:
    """The agent has seen them all."""
    unread = (AgentNotice.agent_id == agent_id) & AgentNotice.read_at.is_(None)
    db.session.execute(update(AgentNotice).where(unread).values(read_at=func.clock_timestamp()))
