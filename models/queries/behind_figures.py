"""The tickets behind a figure."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.database import db
from models.figures import Measure
from models.queries.figures import HAPPENINGS, measure_of, midnight
from models.ticket import Ticket


def tickets_behind(measure: Measure, day: date, mailbox_id: int | None, most: int) -> list[tuple[Ticket, datetime]]:
    """Each ticket that the day's figure counts and when that was, as often as it counts; at most so many."""
    rows = db.session.execute(HAPPENINGS, {"begin": midnight(day), "end": midnight(day + timedelta(days=1))})
    wanted = [
        (row.ticket_id, row.created_at)
        for row in rows
        if measure_of(row) == measure and mailbox_id in (None, row.mailbox_id)
    ]
    wanted = sorted(wanted, key=lambda each: each[1])[:most]
    ids = {ticket_id for ticket_id, _ in wanted}
    found = select(Ticket).where(Ticket.id.in_(ids)).options(joinedload(Ticket.customer), joinedload(Ticket.assigned_agent))
    tickets = {ticket.id: ticket for ticket in db.session.scalars(found)}
    return [(tickets[ticket_id], at) for ticket_id, at in wanted]
