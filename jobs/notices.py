"""The letters that the desk writes by itself: acknowledgements and notices. Nothing of a customer's mail is quoted in
one to a customer; one to an agent has some plain words of it, never its HTML or its files.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from jobs.letter import Letter, Person
from models.actions.reply_tokens import agent_reply_address, reply_address
from models.blobs import BlobStore
from models.database import db
from models.instance_mark import instance_mark
from models.mailbox import Mailbox
from models.message import MessageReference
from models.outbox import Outbox
from models.people import User
from models.queries.attention import followers_of
from models.settings import Settings
from models.ticket import Participant, Ticket

COLOUR = "#3b5bdb"

STATUS_WORDS = {
    "OPEN": "open",
    "ASSIGNED": "assigned",
    "IN_PROGRESS": "in progress",
    "WAITING_ON_CUSTOMER": "waiting on the customer",
    "RESOLVED": "resolved",
    "CLOSED": "closed",
}


def acknowledgement(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """Says that a mail has come. In its fixed form it repeats nothing that the mail's writer has chosen."""
    letter = to_customer(row, settings)
    own_words = mailbox_of(row).ack_text.replace("{ref}", letter.ref).strip()
    letter = replace(letter, body=own_words, auto_submitted="auto-replied")
    if is_fixed(row):
        return replace(letter, template="ack_unverified")
    return replace(letter, template="ack", parents=tuple(answered(row)))


def status_notice(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """Tells a customer that his request is resolved, or closed."""
    template = "status_unverified" if is_fixed(row) else "status"
    letter = to_customer(row, settings)
    return replace(letter, template=template, parents=() if is_fixed(row) else tuple(answered(row)))


def agent_notice(row: Outbox, settings: Settings, blobs: BlobStore) -> Letter:
    """Tells an agent what others have done on his ticket."""
    agent = db.session.get_one(User, row.agent_id)
    letter = written_by_desk(row, settings, Person(agent.name, row.rcpt))
    url = f"{settings.base_url}/tickets/{row.ticket_id}/"
    return replace(
        letter,
        template=row.kind,
        said={**letter.said, "url": url},
        parents=tuple(told_before(row)),
        reply_to=agents_own_address(row, settings),
    )


def to_customer(row: Outbox, settings: Settings) -> Letter:
    """A letter to a participant; in the fixed form not even his name is repeated."""
    participant = db.session.get_one(Participant, row.participant_id)
    name = "" if is_fixed(row) else db.session.get_one(User, participant.user_id).full_name
    letter = written_by_desk(row, settings, Person(name, row.rcpt))
    if settings.reply_domain is None:
        return letter
    own = reply_address(participant.ticket_id, participant.id, settings.signing_keys, settings.reply_domain)
    return replace(letter, reply_to=own)


def written_by_desk(row: Outbox, settings: Settings, to: Person) -> Letter:
    mailbox = mailbox_of(row)
    ticket = db.session.get_one(Ticket, row.ticket_id)
    return Letter(
        outbox_id=row.id,
        mark=instance_mark(settings.signing_keys, row.id),
        sender=Person(mailbox.brand_name or mailbox.name, row.mail_from),
        rcpt=row.rcpt,
        to=to,
        cc=(),
        date=row.created_at,
        message_id=row.rfc_message_id,
        parents=(),
        subject=ticket.subject,
        ref=ticket.ref,
        body="",
        signature=mailbox.signature,
        said=words_of(row, mailbox),
        auto_submitted="auto-generated",
    )


def words_of(row: Outbox, mailbox: Mailbox) -> dict[str, Any]:
    """What was said at the moment it was queued, and how the mailbox wants its mails to look."""
    said = dict(row.said or {})
    said["status_words"] = STATUS_WORDS.get(str(said.get("status")), "")
    return {
        "brand": mailbox.brand_name or mailbox.name,
        "colour": mailbox.brand_colour or COLOUR,
        "footer": mailbox.brand_footer.strip(),
        **said,
    }


def mailbox_of(row: Outbox) -> Mailbox:
    return db.session.get_one(Mailbox, row.mailbox_id)


def is_fixed(row: Outbox) -> bool:
    return (row.said or {}).get("form") != "full"


def answered(row: Outbox) -> list[str]:
    """The Message-IDs of the mail that this one answers or follows, as far as they came from outside."""
    known = select(MessageReference.rfc_message_id).where(
        MessageReference.message_id == row.message_id, MessageReference.direction == "in"
    )
    return [f"<{message_id}>" for message_id in db.session.scalars(known.order_by(MessageReference.id))]


def told_before(row: Outbox) -> list[str]:
    """The notices that this agent has had about the ticket, so that his mail client shows them as one thread."""
    earlier = select(Outbox.rfc_message_id).where(
        Outbox.ticket_id == row.ticket_id, Outbox.agent_id == row.agent_id, Outbox.created_at < row.created_at
    )
    return list(db.session.scalars(earlier.order_by(Outbox.created_at)))


def agents_own_address(row: Outbox, settings: Settings) -> str:
    """Where the agent may answer by mail; '' where the mailbox takes no such answers."""
    allowed = mailbox_of(row).agents_by_mail
    if allowed == "off" or settings.reply_domain is None:
        return ""
    assert row.ticket_id is not None and row.agent_id is not None
    return agent_reply_address(
        row.ticket_id, row.agent_id, settings.signing_keys, settings.reply_domain, public=allowed == "public"
    )


def still_concerns(row: Outbox, settings: Settings) -> bool:
    """Whether the agent this notice is for still holds or follows the ticket, may see it, and has the same address."""
    assert row.ticket_id is not None
    address = select(User.id).where(User.id == row.agent_id, User.is_active, User.email == row.rcpt)
    if db.session.scalar(address) is None:
        return False
    holds = select(Ticket.id).where(Ticket.id == row.ticket_id, Ticket.assigned_agent_id == row.agent_id)
    return db.session.scalar(holds) is not None or row.agent_id in followers_of(row.ticket_id, settings.agent_visibility)
