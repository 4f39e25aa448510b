"""Numbers of tickets from the tallies: as cheap on a desk of a million tickets as on one of a hundred."""

from dataclasses import dataclass

from sqlalchemy import Row, func, select

from models.database import db
from models.queries.figures import Period
from models.tally import TagTally, TicketTally
from models.ticket import ACTIVE

MOST_TAGS = 100


@dataclass(frozen=True)
class TagCount:
    """Tickets opened in the period that have the tag now, and how many of them are over."""

    tag: str
    created: int
    over: int


def standing() -> list[Row[tuple[str, str, int, bool, int]]]:
    """How many tickets stand alike: status, priority, mailbox, whether nobody has them, number."""
    alike = (TicketTally.status, TicketTally.priority, TicketTally.mailbox_id, TicketTally.is_unassigned)
    number = func.sum(TicketTally.number)
    return list(db.session.execute(select(*alike, number).group_by(*alike).having(number != 0)))


def active_now(mailbox_id: int | None) -> int:
    wanted = select(func.sum(TicketTally.number)).where(TicketTally.status.in_(ACTIVE))
    if mailbox_id is not None:
        wanted = wanted.where(TicketTally.mailbox_id == mailbox_id)
    return db.session.scalar(wanted) or 0


def by_tag(period: Period, mailbox_id: int | None = None) -> list[TagCount]:
    """The tags of the period's tickets, the most frequent first."""
    created, over = func.sum(TagTally.created), func.sum(TagTally.over)
    wanted = select(TagTally.tag, created, over).where(TagTally.day.between(period.first, period.last))
    if mailbox_id is not None:
        wanted = wanted.where(TagTally.mailbox_id == mailbox_id)
    ranked = wanted.group_by(TagTally.tag).having(created != 0).order_by(created.desc(), TagTally.tag).limit(MOST_TAGS)
    return [TagCount(*row) for row in db.session.execute(ranked)]
