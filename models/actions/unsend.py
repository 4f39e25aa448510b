"""Taking a reply back in the seconds before it is sent: as if it had not been said, its words a draft again."""

from datetime import timedelta

from sqlalchemy import delete, exists, func, select

from models.actions.drafts import save_draft
from models.actions.tickets import change_status, lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.database import db
from models.draft import Draft
from models.errors import Conflict, Forbidden, NotFound
from models.events import TicketUpdated, record
from models.folds import new_words
from models.message import Direction, Message
from models.outbox import Outbox, OutboxState
from models.ticket import Ticket
from models.timeline import TimelineEntry

MAX_PREVIEW = 200
SAME_ACT = timedelta(seconds=2)  # what one reply changes is written down in one transaction

TOO_LATE = "too late: this reply is on its way already"


def unsend_reply(message_id: int, actor: Actor) -> Ticket:
    """Take back one's own reply while none of its mails has been touched. Raises `Conflict` when it is too late.

    The ticket is again what it was before; the words are a draft of their writer.
    """
    said = db.session.get(Message, message_id)
    if said is None:
        raise NotFound("there is no such reply, or it was taken back already")
    ticket = lock_ticket(said.ticket_id)
    if said.direction != Direction.OUT or actor.id is None or said.author_id != actor.id:
        raise Forbidden("only its writer takes a reply back")
    refuse_what_has_left(message_id)
    before = status_before(said, ticket)
    keep_as_draft(said, actor.id)
    db.session.flush()
    db.session.execute(delete(Message).where(Message.id == said.id))  # its mails and all that names it go with it
    db.session.expire_all()
    stand_as_before(ticket)
    note_on_timeline(ticket.id, "unsent", actor, is_internal=True)
    record(TicketUpdated(ticket.id))
    if before is not None:
        change_status(ticket, before, actor)
    return ticket


def refuse_what_has_left(message_id: int) -> None:
    """Holds the mails, so that no sender takes one; a sender that has one already makes us wait, and fail."""
    rows = db.session.scalars(select(Outbox).where(Outbox.message_id == message_id).with_for_update()).all()
    if not rows or any(row.state != OutboxState.QUEUED or row.attempts for row in rows):
        raise Conflict(TOO_LATE)


def status_before(said: Message, ticket: Ticket) -> str | None:
    """The status the reply changed, None where it changed none or somebody else has changed it since."""
    replied = db.session.scalar(
        select(TimelineEntry).where(TimelineEntry.message_id == said.id, TimelineEntry.kind == "replied")
    )
    if replied is None:
        return None
    changes = db.session.scalars(
        select(TimelineEntry)
        .where(
            TimelineEntry.ticket_id == ticket.id,
            TimelineEntry.kind == "status",
            TimelineEntry.actor_id == said.author_id,
            TimelineEntry.id > replied.id,
            TimelineEntry.created_at < replied.created_at + SAME_ACT,
        )
        .order_by(TimelineEntry.id)
    ).all()
    if not changes or changes[-1].data.get("after") != ticket.status:
        return None
    return str(changes[0].data["before"])


def keep_as_draft(said: Message, author_id: int) -> None:
    """Before whatever the writer has begun since."""
    begun = db.session.scalar(
        select(Draft.body).where(Draft.ticket_id == said.ticket_id, Draft.author_id == author_id, Draft.mode == "reply")
    )
    save_draft(said.ticket_id, author_id, "reply", "\n\n".join(text for text in (said.body, begun) if text))


def stand_as_before(ticket: Ticket) -> None:
    """What the lists show: the last public message that is left."""
    public = (Message.ticket_id == ticket.id, Message.direction != Direction.NOTE, Message.held_reason.is_(None))
    last = db.session.scalar(select(Message).where(*public).order_by(Message.id.desc()).limit(1))
    ticket.last_message_id = last.id if last else None
    ticket.last_direction = last.direction if last else None
    ticket.preview = " ".join(new_words(last.body, last.folds).split())[:MAX_PREVIEW] if last else ""
    ticket.message_count = Ticket.message_count - 1
    ticket.updated_at = func.clock_timestamp()
    answered = exists().where(Message.ticket_id == ticket.id, Message.direction == Direction.OUT)
    if not db.session.scalar(select(answered)):
        ticket.first_response_at = None
