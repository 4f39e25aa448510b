"""People the composer completes while an address is typed: only those whom the agent's own tickets show him."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, literal_column, or_, select

from models.database import db
from models.people import LAST_NAME, STAFF, User
from models.queries.people import escaped
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Participant, SuggestedParticipant, Ticket

MOST_OFFERED = 8
SHORTEST = 1
MOST_LOOKED_AT = 200  # of those whose name begins so: the rights are asked of these


@dataclass(frozen=True)
class KnownPerson:
    """An address to write to, and whose it is."""

    address: str
    name: str


def known_people(viewer: User, visibility: AgentVisibility, ticket_id: int, begins: str) -> list[KnownPerson]:
    """Who is meant by `begins`, the beginning of an address, a first or a last name: first who has to do with the ticket."""
    wanted = " ".join(begins.lower().split())
    if len(wanted) < SHORTEST:
        return []
    like = f"{escaped(wanted)}%"
    found = [*around_ticket(ticket_id, like), *among_customers(viewer, visibility, like)]
    return list({each.address: each for each in reversed(found)}.values())[::-1][:MOST_OFFERED]


def around_ticket(ticket_id: int, like: str) -> Sequence[KnownPerson]:
    """Who takes part in the ticket, once did, or was suggested. The viewer sees it."""
    part = (
        select(Participant.address_as_written, User.full_name)
        .join(User, User.id == Participant.user_id)
        .where(Participant.ticket_id == ticket_id, or_(Participant.address.like(like, escape="\\"), name_begins(like)))
    )
    offered = select(SuggestedParticipant.address_as_written, SuggestedParticipant.name).where(
        SuggestedParticipant.ticket_id == ticket_id,
        or_(SuggestedParticipant.address.like(like, escape="\\"), func.lower(SuggestedParticipant.name).like(like, escape="\\")),
    )
    return [KnownPerson(*row) for question in (part, offered) for row in db.session.execute(question.limit(MOST_OFFERED))]


def among_customers(viewer: User, visibility: AgentVisibility, like: str) -> Sequence[KnownPerson]:
    """Customers on tickets that the viewer may see. Each beginning has an index of its own."""
    begin = [
        select(User.id).where(condition, User.role.not_in(STAFF), User.email.is_not(None)).limit(MOST_LOOKED_AT)
        for condition in (func.lower(User.email).like(like, escape="\\"), name_begins(like))
    ]
    meant = begin[0].union_all(begin[1]).subquery()
    seen = exists().where(Participant.user_id == User.id, Ticket.id == Participant.ticket_id, visible_to(viewer, visibility))
    wanted = select(User.email, User.full_name).where(User.id.in_(select(meant.c.id)), User.is_active, seen)
    return [KnownPerson(*row) for row in db.session.execute(wanted.order_by(User.full_name, User.id).limit(MOST_OFFERED))]


def name_begins(like: str) -> ColumnElement[bool]:
    return or_(func.lower(User.full_name).like(like, escape="\\"), literal_column(f"({LAST_NAME})").like(like, escape="\\"))
