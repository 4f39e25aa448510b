"""Fills an empty desk: the customers' words come in as real mails, by the same pipeline as all mail."""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError

from mailgate.pipeline import desk_of, file_mail
from mailgate.safe_reading import read_safely
from models.actions.messages import Written, add_note, post_reply
from models.actions.people import create_user
from models.actions.saved_replies import ReplyText, save_reply
from models.actions.tickets import assign, edit_ticket, set_status
from models.actor import Actor, actor_of
from models.actions.mailboxes import create_mailbox
from models.app import base_app, blobs_of
from models.budget import Budget
from models.custody import InboundDelivery, InboundMessage
from models.database import db
from models.mailbox import Mailbox, MailboxAddress
from models.message import Message
from models.outbox import Outbox, OutboxState
from models.people import Notices, User
from models.settings import Settings
from models.ticket import Ticket
from models.timeline import TimelineEntry
from postroom.demo.people import DEMO_PEOPLE
from postroom.demo.stories import STORIES, Line, Story
from postroom.demo.tell_again import saved_replies, stories_told

log = logging.getLogger(__name__)

FILER = "demo"
SHOP = "shop"


def fill_desk(settings: Settings) -> None:
    """Make the demo's people, their saved replies and the first tickets; commits. For an empty desk only."""
    for person in DEMO_PEOPLE:
        user = create_user(
            person.username, person.email, person.role, password=person.password, full_name=person.full_name
        )
        user.notices = Notices.NEVER  # nobody reads mail at their addresses
    db.session.commit()
    actors = people()
    mailbox = db.session.scalars(select(Mailbox).order_by(Mailbox.id)).first()
    assert mailbox is not None
    for story in sorted(STORIES, key=lambda story: -story.minutes_ago):
        tell(story, mailbox.address, actors, settings)
    for reply in saved_replies():
        save_reply(ReplyText(reply.title, reply.body, is_shared=True, approved_for_drafts=True), actors["cleo"])
    db.session.execute(delete(Outbox).where(Outbox.automatic))  # nobody is behind these addresses
    db.session.execute(delete(Budget))
    make_shop(mailbox.address)
    db.session.commit()


def people() -> dict[str, Actor]:
    return {user.username: actor_of(user) for user in db.session.scalars(select(User))}


def make_shop(support: str) -> None:
    """The mailbox of all other tickets. It sends nothing by itself: nobody is behind those addresses either."""
    shop = create_mailbox("Shop", f"{SHOP}@{support.rpartition('@')[2]}")
    shop.acks, shop.told_statuses = False, []


def tell_the_rest(settings: Settings) -> None:
    """The other tickets, the newest first. They take a while, so the desk is open already while they come.

    A desk that is stopped meanwhile keeps what it has.
    """
    app = base_app(settings, pool_size=1)
    try:
        with app.app_context():
            shop = db.session.scalars(select(Mailbox).order_by(Mailbox.id.desc())).first()
            address, actors = shop.address if shop else "", people()
            for story in stories_told():
                tell(story, address, actors, settings)
                db.session.remove()
    except OperationalError:
        log.info("the demo's last tickets were not told: the desk is stopping")


def tell(story: Story, address: str, actors: dict[str, Actor], settings: Settings) -> None:
    began = datetime.now(UTC) - timedelta(minutes=story.minutes_ago)
    ticket_id, last_id = 0, ""
    for number, line in enumerate(story.lines):
        at = began + timedelta(minutes=7 * number)
        if line.direction == "in":
            mail = mail_of(story, line, address, at, last_id, number)
            ticket_id = take_in(mail, story.address, address, at, settings)
        elif line.direction == "note":
            date_message(add_note(ticket_id, Written(line.text), actors[line.by]), at)
        else:
            message = post_reply(ticket_id, Written(line.text), actors[line.by], settings.signing_keys)
            last_id = deliver(message, at)
            date_message(message, at)
        db.session.commit()
    finish(story, ticket_id, actors, began + timedelta(minutes=7 * (len(story.lines) - 1)), began)


def mail_of(story: Story, line: Line, address: str, at: datetime, answers: str, number: int) -> bytes:
    """The customer's words as the mail a mail client would send."""
    mail = EmailMessage()
    mail["From"] = formataddr((story.name, story.address))
    mail["To"] = address
    mail["Subject"] = f"Re: {story.subject}" if answers else story.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{uuid4().hex[:12]}.{number}@{story.address.rpartition('@')[2]}>"
    if answers:
        mail["In-Reply-To"] = mail["References"] = answers
    mail.set_content(line.text)
    if line.html:
        mail.add_alternative(line.html, subtype="html")
    return mail.as_bytes().replace(b"\n", b"\r\n")


def take_in(raw: bytes, mail_from: str, rcpt: str, at: datetime, settings: Settings) -> int:
    """Keep the mail as the gate would, file it, and return its ticket."""
    inbound_id = uuid4()
    mailbox_id = db.session.scalars(select(MailboxAddress.mailbox_id).where(MailboxAddress.address == rcpt)).one()
    db.session.add(
        InboundMessage(
            id=inbound_id,
            envelope_key=hashlib.sha256(b"demo" + raw).digest(),
            mail_from=mail_from,
            raw_sha256=hashlib.sha256(raw).digest(),
            raw_size=len(raw),
            raw=raw,
            gateway=FILER,
            received_at=at,
            state="processing",
            lease_owner=FILER,
        )
    )
    db.session.flush()
    db.session.add(InboundDelivery(inbound_id=inbound_id, rcpt=rcpt, mailbox_id=mailbox_id))
    db.session.commit()
    file_mail(inbound_id, FILER, read_safely, desk_of(blobs_of(current_app), settings))
    delivery = db.session.get_one(InboundDelivery, (inbound_id, rcpt))
    assert delivery.ticket_id is not None and delivery.message_id is not None
    date_filing(inbound_id, at)
    date_message(db.session.get_one(Message, delivery.message_id), at)
    return delivery.ticket_id


def deliver(message: Message, at: datetime) -> str:
    """Mark the mails of a demo reply as sent: nobody is behind these addresses. The Message-ID they had."""
    rows = db.session.scalars(select(Outbox).where(Outbox.message_id == message.id)).all()
    for row in rows:
        row.state, row.sent_at, row.last_code, row.last_text = OutboxState.SENT, at, 250, "2.0.0 demo"
    return rows[0].rfc_message_id


def date_message(message: Message, at: datetime) -> None:
    message.created_at = at


def date_filing(inbound_id: UUID, at: datetime) -> None:
    done = update(InboundMessage).where(InboundMessage.id == inbound_id)
    db.session.execute(done.values(filed_at=at + timedelta(seconds=1)))


def finish(story: Story, ticket_id: int, actors: dict[str, Actor], last: datetime, began: datetime) -> None:
    """Agent, status, priority and tags of the story, and the times it happened at."""
    by = actors[story.agent or "cleo"]
    if story.agent:
        assign(ticket_id, by.id, actors["cleo"])
    if story.status:
        set_status(ticket_id, story.status, by)
    edit_ticket(ticket_id, by, priority=story.priority, tags=list(story.tags))
    db.session.flush()
    ticket = db.session.get_one(Ticket, ticket_id)
    ticket.created_at, ticket.updated_at = began, last
    date_timeline(ticket_id, last)
    db.session.commit()


def date_timeline(ticket_id: int, last: datetime) -> None:
    """What belongs to a message happened with it, the rest at the end of the story."""
    said_at = select(Message.created_at).where(Message.id == TimelineEntry.message_id).scalar_subquery()
    lines = update(TimelineEntry).where(TimelineEntry.ticket_id == ticket_id)
    db.session.execute(lines.values(created_at=func.coalesce(said_at, last)))
