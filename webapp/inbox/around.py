"""What lies around a conversation: people a mail suggests, tickets it has to do with, mails held on it, a flood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from models.message import Message
from models.people import User
from models.queries.beside import Beside
from models.queries.links import holds_of, linked_tickets, suggestions_for
from models.settings import AgentVisibility
from models.ticket import Ticket
from webapp.inbox.view_models import subject_of

LINK_WORDS = {
    "sibling": _l("The same mail at another mailbox"),
    "may_belong_to": _l("It may belong to"),
    "may_belong_here": _l("A mail that may belong here"),
    "follow_up": _l("Goes on in"),
    "follow_up_of": _l("Goes on from"),
}


@dataclass(frozen=True)
class Suggestion:
    id: int
    name: str
    address: str


@dataclass(frozen=True)
class Link:
    words: str
    ticket_id: int
    ref: str
    subject: str


@dataclass(frozen=True)
class Around:
    """`holds`: what waits for an agent's word among the messages, by id: 'held', or 'discarded'."""

    suggestions: tuple[Suggestion, ...] = ()
    links: tuple[Link, ...] = ()
    holds: Mapping[int, str] = field(default_factory=dict)
    flood_of: str = ""


def around(
    ticket: Ticket, messages: Sequence[Message], viewer: User, visibility: AgentVisibility, there: Beside
) -> Around:
    suggested = suggestions_for(ticket.id) if there.suggestions else ()
    is_linked = there.links or ticket.follow_up_of_id is not None
    held = [message.id for message in messages if message.held_reason is not None]
    return Around(
        suggestions=tuple(Suggestion(each.id, each.name, each.address_as_written) for each in suggested),
        links=tuple(
            Link(LINK_WORDS[each.kind], each.ticket.id, each.ticket.ref, subject_of(each.ticket))
            for each in (linked_tickets(ticket, viewer, visibility) if is_linked else ())
        ),
        holds=holds_of(held) if held else {},
        flood_of="" if ticket.flood_released_at else ticket.flood_of or "",
    )
