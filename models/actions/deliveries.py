"""What people do about mail in the outbox: stop it, try again, correct its address, pause a mailbox, send a test.

Every act locks the row: a mail that is being sent this moment is nobody's to change.
"""

from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, select

from models.actions.audit import note_in_audit
from models.actions.mail_queue import HUMAN_PATIENCE, now, queue_mail, queue_reply_to
from models.actions.people import customer_for
from models.actions.tickets import lock_ticket
from models.actions.timeline import note_on_timeline
from models.actor import Actor
from models.addresses import typed_address, without_tag
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.events import DeliveryChanged, MailQueued, record
from models.mailbox import Mailbox, MailboxAddress
from models.message import Message
from models.outbox import Outbox, OutboxAttempt, OutboxState
from models.people import Role, User
from models.queries.outbox import ticket_of_mail
from models.ticket import Participant

UNDER_WAY = (OutboxState.LEASED, OutboxState.DOT)
CAN_BE_CANCELLED = (OutboxState.QUEUED, OutboxState.RETRY, OutboxState.UNCERTAIN)
CAN_BE_TRIED = (OutboxState.RETRY, OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.CANCELLED)
CAN_BE_CORRECTED = (OutboxState.QUEUED, OutboxState.RETRY, OutboxState.FAILED, OutboxState.CANCELLED)


def may_be_cancelled(row: Outbox) -> bool:
    return row.state in CAN_BE_CANCELLED


def may_be_tried(row: Outbox) -> bool:
    """A machine's mail is sent at most once: it is tried again only while it surely has not arrived."""
    if row.automatic:
        return row.state == OutboxState.RETRY
    return row.state in CAN_BE_TRIED and not (row.attempts and row.mime is None and row.mime_uri is None and row.sent_at)


def may_be_corrected(row: Outbox) -> bool:
    return row.kind == "reply" and row.participant_id is not None and row.state in CAN_BE_CORRECTED


def cancel_mail(outbox_id: UUID, actor: Actor) -> Outbox:
    """Do not send it, or not once more. Raises `Conflict` when it has gone or is going."""
    row = lock_mail(outbox_id, actor, CAN_BE_CANCELLED, "stopped")
    row.state = OutboxState.CANCELLED
    tell(row, "delivery_cancelled", actor, f"stopped by {actor.name}")
    return row


def try_again(outbox_id: UUID, actor: Actor) -> Outbox:
    """Send the same bytes now, with five more days to arrive. Raises `Conflict` where that could double a machine's mail."""
    row = lock_mail(outbox_id, actor, CAN_BE_TRIED, "tried again")
    if not may_be_tried(row):
        raise Conflict("this mail is not sent again: it may have arrived, or its bytes are no longer kept")
    row.state = OutboxState.QUEUED
    row.attempts = 0
    row.next_attempt_at = now()
    if not row.automatic:
        row.give_up_at = now() + HUMAN_PATIENCE
    row.warned_at = row.sent_at = None
    tell(row, "delivery_again", actor, f"tried again by {actor.name}")
    ring_for(row)
    return row


def send_to_another(outbox_id: UUID, address: str, actor: Actor, keys: Sequence[bytes]) -> Outbox:
    """Correct the recipient: the address takes the place of the old one on the ticket, and gets the message.

    Raises `Invalid` for what is no address of a customer, `Conflict` where the message has gone there already.
    """
    address = typed_address(address, "address")
    if db.session.scalar(select(MailboxAddress.mailbox_id).where(MailboxAddress.address == without_tag(address)[0])):
        raise Invalid("address", "this is an address of the desk itself")
    row = lock_mail(outbox_id, actor, CAN_BE_CORRECTED, "sent to another address")
    if not may_be_corrected(row) or row.message_id is None:
        raise Conflict("only a reply can be sent to another address")
    old = db.session.get_one(Participant, row.participant_id)
    if old.address == address:
        raise Invalid("address", "this is the address it was sent to: try again instead")
    new = take_the_place_of(old, address)
    message = db.session.get_one(Message, row.message_id)
    again = queue_reply_to(new, message, db.session.get_one(Mailbox, message.mailbox_id), keys, addressed_as=row.addressed_as)
    if again is None:
        raise Conflict("this message has been sent to that address already")
    row.state = OutboxState.CANCELLED
    row.last_code, row.last_text = None, f"sent to {address} instead"
    tell(again, "delivery_again", actor, f"sent to {address} instead of {row.rcpt} by {actor.name}")
    ring_for(again)
    return again


def take_the_place_of(old: Participant, address: str) -> Participant:
    """The participant at `address` on the ticket of `old`, who leaves it."""
    name = db.session.scalar(select(User.full_name).where(User.id == old.user_id)) or ""
    known = select(Participant).where(Participant.ticket_id == old.ticket_id, Participant.address == address)
    new = db.session.scalar(known)
    if new is None:
        person = customer_for(address, name)
        new = Participant(
            ticket_id=old.ticket_id, user_id=person.id, address=address, address_as_written=address, role=old.role
        )
        db.session.add(new)
    new.left_at, new.role = None, old.role if old.role == "requester" else new.role
    old.left_at = func.clock_timestamp()
    if old.role == "requester":
        old.role = "cc"
    db.session.flush()
    return new


def pause_mailbox(mailbox_id: int, actor: Actor, *, paused: bool) -> Mailbox:
    """Let the mail of a mailbox wait in the outbox, or go on. For administrators."""
    if actor.role != Role.ADMIN:
        raise Forbidden("only administrators pause a mailbox")
    mailbox = db.session.get(Mailbox, mailbox_id, with_for_update=True)
    if mailbox is None:
        raise NotFound("there is no such mailbox")
    mailbox.sending_paused_at = func.clock_timestamp() if paused else None
    note_in_audit(actor, "mailbox.paused" if paused else "mailbox.goes_on", "mailbox", mailbox.id, mailbox.name)
    return mailbox


def send_test(mailbox_id: int, address: str, actor: Actor, keys: Sequence[bytes]) -> Outbox:
    """A test mail from the mailbox to any address. For administrators."""
    if actor.role != Role.ADMIN:
        raise Forbidden("only administrators send test mails")
    mailbox = db.session.get(Mailbox, mailbox_id)
    if mailbox is None:
        raise NotFound("there is no such mailbox")
    row = queue_mail(f"test:{uuid4()}", "test", mailbox, typed_address(address, "address"), keys, automatic=True)
    assert row is not None, "the key is new"
    note_in_audit(actor, "mailbox.tested", "mailbox", mailbox.id, mailbox.name, after={"to": row.rcpt})
    return row


def lock_mail(outbox_id: UUID, actor: Actor, states: Collection[OutboxState], done: str) -> Outbox:
    """The row, held, in one of `states`. Raises `NotFound`, `Forbidden`, `Conflict`."""
    if not actor.is_staff:
        raise Forbidden("only the team looks after the outbox")
    found = db.session.get(Outbox, outbox_id)
    ticket_id = ticket_of_mail(found) if found is not None else None
    if ticket_id is not None:
        lock_ticket(ticket_id)  # first, as everywhere: two acts that lock in another order wait for each other
    row = db.session.get(Outbox, outbox_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("there is no such mail")
    if row.state in UNDER_WAY:
        raise Conflict("this mail is being sent this very moment")
    if row.state not in states:
        raise Conflict(f"a mail that is {row.state} cannot be {done}")
    return row


def tell(row: Outbox, kind: str, actor: Actor, text: str) -> None:
    """On the record of the mail, on its ticket, and to open pages."""
    db.session.add(OutboxAttempt(outbox_id=row.id, outcome=kind, detail={"text": text}))
    if actor.role == Role.ADMIN:
        note_in_audit(actor, f"mail.{kind.removeprefix('delivery_')}", "mail", row.id, row.rcpt)
    ticket_id = ticket_of_mail(row)
    if ticket_id is None:
        return
    note_on_timeline(ticket_id, kind, actor, message_id=row.message_id, is_internal=True, rcpt=row.rcpt)
    if row.message_id is not None:
        record(DeliveryChanged(ticket_id, row.message_id))


def ring_for(row: Outbox) -> None:
    if row.ticket_id is not None and row.message_id is not None:
        record(MailQueued(row.ticket_id, row.message_id))
