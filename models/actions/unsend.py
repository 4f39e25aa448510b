"""Taking a reply back in the seconds before it is sent: as if it had not been said, its words a draft again."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, exists, func, select

from models.actions.drafts import Begun, put_in, save_draft
from models.actions.tickets import change_status, lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.database import db
from models.draft import Draft
from models.errors import Conflict, Forbidden, NotFound
from models.events import TicketUpdated, record
from models.folds import new_words
from models.message import Attachment, Direction, Message
from models.outbox import Outbox, OutboxState
from models.rich_text import html_of
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
    said = db.session.get(Message, message_id, populate_existing=True)
    if said is None or said.ticket_id != ticket.id:
        raise Conflict("somebody has just taken it back, or merged its ticket: look again")
    is_mail = said.direction == Direction.OUT or said.forward_of_id is not None
    if not is_mail or actor.id is None or said.author_id != actor.id:
        raise Forbidden("only its writer takes a reply back")
    refuse_what_has_left(message_id)
    before = status_before(said, ticket)
    keep_as_draft(said, actor.id)
    db.session.flush()
    was_public = said.direction == Direction.OUT
    db.session.execute(delete(Message).where(Message.id == said.id))  # its mails and all that names it go with it
    db.session.expire_all()
    if was_public:
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
        select(TimelineEntry).where(TimelineEntry.message_id == said.id, TimelineEntry.kind.in_(["replied", "forwarded"]))
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
    """The words before whatever the writer has begun since, the files beside them, and whom it was for."""
    mode = "forward" if said.forward_of_id is not None else "reply"
    begun = db.session.scalar(
        select(Draft).where(Draft.ticket_id == said.ticket_id, Draft.author_id == author_id, Draft.mode == mode)
    )
    if files := own_files(said):
        put_in(said.ticket_id, author_id, mode, files)
    body = "\n\n".join(text for text in (said.body, begun.body if begun else "") if text)
    html = "<div><br></div>".join(html_of(each.body, each.body_html) for each in (said, begun) if each is not None)
    is_rich = bool(said.body_html or (begun and begun.body_html))
    save_draft(said.ticket_id, author_id, mode, Begun(body, html if is_rich else "", addressed_in(said)))


def own_files(said: Message) -> Sequence[Attachment]:
    """The files its writer put in; those of a message that he forwards come along by themselves."""
    wanted = select(Attachment).where(Attachment.message_id == said.id)
    if said.forward_of_id is not None:
        handed_on = select(Attachment.blob_sha256).where(Attachment.message_id == said.forward_of_id)
        wanted = wanted.where(Attachment.blob_sha256.not_in(handed_on))
    return db.session.scalars(wanted.order_by(Attachment.id)).all()


def addressed_in(said: Message) -> dict[str, object]:
    """Whom its mails were for, as a draft remembers it."""
    rows = db.session.scalars(select(Outbox).where(Outbox.message_id == said.id).order_by(Outbox.created_at)).all()
    places = {place: [row.rcpt for row in rows if row.addressed_as == place] for place in ("to", "cc")}
    return {**places, **({"message": said.forward_of_id} if said.forward_of_id is not None else {})}


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
