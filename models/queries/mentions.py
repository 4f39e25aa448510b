"""Who of the team can be named on a ticket."""

from sqlalchemy import select

from models.database import db
from models.mentions import Nameable
from models.people import STAFF, User
from models.queries.rights import viewers_of
from models.settings import AgentVisibility


def nameable_on(ticket_id: int, visibility: AgentVisibility) -> list[Nameable]:
    """The agents and administrators who may see the ticket, by name."""
    team = db.session.execute(
        select(User.id, User.username, User.full_name)
        .where(User.role.in_(STAFF), User.is_active)
        .order_by(User.full_name, User.username)
    ).all()
    seeing = viewers_of(ticket_id, [each.id for each in team], visibility)
    return [Nameable(*each) for each in team if each.id in seeing]
