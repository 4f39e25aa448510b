"""Asking for a draft, the same for the button and for the API."""

from flask import current_app

from models.actions.ai_drafts import ask_for_draft, offer_found
from models.actor import actor_of
from models.ai_draft import AiDraft
from models.app import settings_of
from models.errors import Conflict
from models.found import NO_KEY, SWITCHED_OFF, found_for
from models.people import User
from models.queries.matters import matter_of
from models.queries.tickets import ticket_seen_by


def ask(ticket_id: int, asker: User, instructions: str = "") -> AiDraft:
    """A draft that is being written, or at once what the desk has said before where no model may be asked.

    Raises `NotFound`, and `Conflict` where there is nothing that a draft could answer.
    """
    settings = settings_of(current_app)
    ticket = ticket_seen_by(asker, settings.agent_visibility, ticket_id)
    matter = matter_of(ticket, asker)
    if settings.gemini_api_key is not None and matter.drafts_by_ai:
        if matter.trouble:
            raise Conflict(matter.trouble)
        return ask_for_draft(ticket_id, matter.last_message_id, actor_of(asker), instructions)
    hint = NO_KEY if settings.gemini_api_key is None else SWITCHED_OFF
    return offer_found(ticket_id, matter.last_message_id, actor_of(asker), found_for(matter, asker, hint), instructions)
