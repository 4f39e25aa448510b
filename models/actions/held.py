"""What agents do with mail that was set aside: release it, release it and let its sender through, discard it, take that back.

Nothing here files a mail. A release takes the decision away and leaves the agent's word beside the address; the
filers then file the mail by the same road as every other.
"""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from models.actions.audit import note_in_audit
from models.actions.custody import make_due
from models.actor import Actor
from models.addresses import typed_address
from models.custody import HELD, AllowedSender, InboundDelivery, InboundMessage
from models.database import db
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.mailbox import Mailbox

BY_HAND = "by hand"  # the rule of a decision that an agent made


def release(inbound_id: UUID, rcpt: str, actor: Actor, *, requester: str = "", allow: bool = False) -> None:
    """Have the mail filed. `requester` names the writer where the mail does not; `allow` lets his mails through from now on.

    Raises `Conflict` where it is not held (any more), `Invalid` where nobody can be answered.
    """
    mail, delivery = held_delivery(inbound_id, rcpt, actor, HELD)
    sender = str(delivery.evidence.get("shown", {}).get("sender", ""))
    if requester:
        delivery.requester = typed_address(requester, "requester")
    elif not sender:
        raise Invalid("requester", "the mail names no sender: say whose it is")
    if allow:
        let_through(sender or delivery.requester or "", actor)
    if delivery.mailbox_id is None:
        delivery.mailbox_id = first_mailbox()
    delivery.released_at = func.clock_timestamp()
    delivery.released_by_id = actor.id
    delivery.decision = delivery.rule = delivery.set_aside_at = None
    make_due(mail)


def discard(inbound_id: UUID, rcpt: str, actor: Actor) -> None:
    """Out of sight, kept for thirty days, and able to come back. What it was stays in its evidence."""
    _, delivery = held_delivery(inbound_id, rcpt, actor, HELD)
    delivery.evidence = {**delivery.evidence, "was": [delivery.decision, delivery.rule]}
    delivery.decision, delivery.rule = "discarded", BY_HAND
    delivery.discarded_at = delivery.set_aside_at = func.clock_timestamp()
    delivery.discarded_by_id = actor.id


def undo_discard(inbound_id: UUID, rcpt: str, actor: Actor) -> None:
    """Back to where it was, for another thirty days."""
    _, delivery = held_delivery(inbound_id, rcpt, actor, ("discarded",))
    evidence = dict(delivery.evidence)
    delivery.decision, delivery.rule = evidence.pop("was")
    delivery.evidence = evidence
    delivery.discarded_at = delivery.discarded_by_id = None
    delivery.set_aside_at = func.clock_timestamp()


def held_delivery(
    inbound_id: UUID, rcpt: str, actor: Actor, decisions: tuple[str, ...]
) -> tuple[InboundMessage, InboundDelivery]:
    """The mail and its delivery, locked. Two agents who click at once do not both win."""
    if not actor.is_staff:
        raise Forbidden("only agents look after held mail")
    mail = db.session.get(InboundMessage, inbound_id, with_for_update=True, populate_existing=True)
    delivery = db.session.get(InboundDelivery, (inbound_id, rcpt), with_for_update=True, populate_existing=True)
    if mail is None or delivery is None:
        raise NotFound("there is no such mail")
    if delivery.cleared_at is not None:
        raise Conflict("its thirty days are over: this mail has been let go")
    if delivery.decision not in decisions or mail.state != "done":
        raise Conflict("somebody has already seen to this mail")
    return mail, delivery


def let_through(address: str, actor: Actor) -> None:
    """Put the address on the list of senders whose mails are not held for doubts about who wrote them."""
    db.session.execute(insert(AllowedSender).values(address=address, added_by_id=actor.id).on_conflict_do_nothing())
    note_in_audit(actor, "sender.allowed", "sender", name=address)


def first_mailbox() -> int:
    mailbox_id = db.session.scalar(select(func.min(Mailbox.id)).where(Mailbox.is_active))
    if mailbox_id is None:
        raise Conflict("there is no mailbox to file it in: make one first")
    return mailbox_id
