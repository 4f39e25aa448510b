"""Looking into the outbox: the mails one may see, the sums over all, what waits too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text

from models.database import db
from models.errors import NotFound
from models.mailbox import Mailbox
from models.message import Message
from models.outbox import CARRIERS, TROUBLED, UNSETTLED, Outbox, OutboxAttempt, OutboxState
from models.people import Role, User
from models.queries.counting import Count, up_to
from models.queries.restoring import may_leave
from models.queries.rights import visible_to
from models.settings import AgentVisibility
from models.ticket import Ticket

SHOWN = 200
now = func.statement_timestamp  # it stands still for a statement: an index can be read by it

RECENT = timedelta(days=30)
OVERDUE = timedelta(minutes=5)

# The filters of the outbox page: each a name, what it is called, and the rows it shows.
FILTERS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "waiting": ("Waiting", Outbox.state.in_([OutboxState.QUEUED, OutboxState.LEASED, OutboxState.DOT, OutboxState.RETRY])),
    "failed": ("Failed", Outbox.state == OutboxState.FAILED),
    "uncertain": ("In doubt", Outbox.state == OutboxState.UNCERTAIN),
    "restored": ("From a backup", Outbox.state == OutboxState.RESTORED),
    "cancelled": ("Stopped", Outbox.state == OutboxState.CANCELLED),
    "sent": ("Sent", Outbox.state == OutboxState.SENT),
    "all": ("All", text("true")),
}


@dataclass(frozen=True)
class MailOut:
    """One mail and the ticket it belongs to, if any."""

    row: Outbox
    ref: str
    subject: str


def mail_out_seen_by(viewer: User, visibility: AgentVisibility, outbox_id: UUID) -> Outbox:
    """One mail of a ticket the viewer may see. Raises `NotFound`, also where the viewer may not know of it."""
    seen = or_(Ticket.id.is_not(None) & visible_to(viewer, visibility), sees_what_has_no_ticket(viewer))
    carried = and_(Message.id == Outbox.message_id, Outbox.kind.in_(CARRIERS))
    stands_on = Ticket.id == func.coalesce(Message.ticket_id, Outbox.ticket_id)
    wanted = select(Outbox).outerjoin(Message, carried).outerjoin(Ticket, stands_on).where(Outbox.id == outbox_id, seen)
    row = db.session.scalar(wanted) if viewer.is_staff else None
    if row is None:
        raise NotFound("there is no such mail, or it is not yours to see")
    return row


def ticket_of_mail(row: Outbox) -> int | None:
    """The ticket on which people see the mail: its message's, which may have been merged or split off since the mail
    was written; for what only tells of a message, the ticket it was written for.
    """
    if row.message_id is None or row.kind not in CARRIERS:
        return row.ticket_id
    return db.session.scalar(select(Message.ticket_id).where(Message.id == row.message_id))


def sees_what_has_no_ticket(viewer: User) -> ColumnElement[bool]:
    return and_(Outbox.ticket_id.is_(None), text("true" if viewer.role == Role.ADMIN else "false"))


def mails_out(filter_name: str, mailbox_id: int | None = None, words: str = "", limit: int = SHOWN) -> Sequence[MailOut]:
    """Mails of the last month, what moves next first, else the newest first. For administrators."""
    _, shown = FILTERS.get(filter_name, FILTERS["all"])
    wanted = (
        select(Outbox, Ticket.ref, Ticket.subject)
        .outerjoin(Ticket, Ticket.id == Outbox.ticket_id)
        .where(shown, Outbox.created_at > now() - RECENT)
        .limit(limit)
    )
    if mailbox_id is not None:
        wanted = wanted.where(Outbox.mailbox_id == mailbox_id)
    if words:
        wanted = wanted.where(Outbox.rcpt.icontains(words, autoescape=True))
    order = Outbox.next_attempt_at if filter_name == "waiting" else Outbox.created_at.desc()
    return [MailOut(row, ref or "", subject or "") for row, ref, subject in db.session.execute(wanted.order_by(order))]


def outbox_sums() -> dict[str, int]:
    """How many mails of the last month each filter shows."""
    counted = [func.count().filter(shown).label(name) for name, (_, shown) in FILTERS.items()]
    row = db.session.execute(select(*counted).select_from(Outbox).where(Outbox.created_at > now() - RECENT)).one()
    return {name: int(getattr(row, name)) for name in FILTERS}


def attempts_of(outbox_id: UUID) -> Sequence[OutboxAttempt]:
    """What happened to a mail, oldest first."""
    return db.session.scalars(
        select(OutboxAttempt).where(OutboxAttempt.outbox_id == outbox_id).order_by(OutboxAttempt.id)
    ).all()


def mailboxes() -> Sequence[Mailbox]:
    return db.session.scalars(select(Mailbox).order_by(Mailbox.id)).all()


@dataclass(frozen=True)
class Overdue:
    """What should have gone out and has not, and what nobody knows of."""

    waiting: int
    oldest_seconds: float
    in_doubt: int


def overdue_mail() -> Overdue:
    """Mail that was due more than five minutes ago or is put off again and again; a paused mailbox waits by will."""
    unsent = and_(
        text(UNSETTLED),
        Outbox.state != OutboxState.UNCERTAIN,
        may_leave(),
        Outbox.created_at < now() - OVERDUE,
        or_(Outbox.next_attempt_at < now() - OVERDUE, and_(Outbox.state == OutboxState.RETRY, Outbox.attempts == 0)),
        or_(Outbox.mailbox_id.is_(None), Outbox.mailbox_id.not_in(select(Mailbox.id).where(Mailbox.sending_paused_at.is_not(None)))),
    )
    found = select(
        func.count().filter(unsent),
        func.coalesce(func.extract("epoch", now() - func.min(Outbox.created_at).filter(unsent)), 0.0),
        func.count().filter(Outbox.state == OutboxState.UNCERTAIN, Outbox.created_at > now() - timedelta(days=1)),
    )
    waiting, seconds, in_doubt = db.session.execute(found.select_from(Outbox).where(text(UNSETTLED))).one()
    return Overdue(waiting, float(seconds), in_doubt)


def one_mail_out(row: Outbox) -> MailOut:
    """A mail and its ticket."""
    ticket = db.session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    return MailOut(row, ticket.ref if ticket else "", ticket.subject if ticket else "")


def trouble_count() -> Count:
    """Mails of the last day that failed, are in doubt, or were not taken yet."""
    return up_to(select(Outbox.id).where(text(TROUBLED), Outbox.created_at > now() - timedelta(days=1)))
