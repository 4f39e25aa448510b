"""Restore mode: a desk that comes from a backup sends nothing until an administrator has seen what would go out.

Mail that waited when the backup was made is in the state `restored`: it may have been sent before the loss. It goes out only
where somebody says so, and a machine's mail never does.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select, update

from models.actions.audit import note_in_audit
from models.actions.deliveries import tell
from models.actions.mail_queue import HUMAN_PATIENCE
from models.actor import Actor
from models.coming_from_elsewhere import Restoration
from models.database import db
from models.errors import Conflict, Forbidden
from models.events import MailQueued, record
from models.outbox import Outbox, OutboxState
from models.people import Role
from models.webhook import DeliveryState, WebhookDelivery

now = func.clock_timestamp
WAITS = (OutboxState.QUEUED, OutboxState.RETRY)


def end_restoration(actor: Actor, *, send: Collection[UUID] = (), discard_new: bool = False) -> None:
    """Let mail leave again. Of what waited in the backup only `send` goes out; the rest is stopped for good.

    What was written here since the restore has surely not been sent: it goes out, or with `discard_new` it is stopped too.
    Raises `Conflict` where the desk is not in restore mode, or what is to be sent is a machine's.
    """
    if actor.role not in (Role.ADMIN, "desk"):
        raise Forbidden("only administrators end restore mode")
    going_on = db.session.scalar(select(Restoration).where(Restoration.ended_at.is_(None)).with_for_update())
    if going_on is None:
        raise Conflict("this desk is not in restore mode")
    wanted = frozenset(send)
    for row in held_back():
        if row.id in wanted:
            send_all_the_same(row, actor)
        else:
            stop(row, actor, "not sent: it may have been sent before the backup was restored")
    if discard_new:
        for row in db.session.scalars(select(Outbox).where(Outbox.state.in_(WAITS)).with_for_update()).all():
            stop(row, actor, "not sent: discarded after a restore")
        discard_webhook_deliveries()
    going_on.ended_at = now()
    going_on.ended_by = actor.name
    note_in_audit(actor, "restore.ended", "restore", going_on.id, after={"sent": len(wanted), "discard_new": discard_new})


def held_back() -> list[Outbox]:
    waited = select(Outbox).where(Outbox.state == OutboxState.RESTORED).order_by(Outbox.created_at, Outbox.id)
    return list(db.session.scalars(waited.with_for_update()))


def send_all_the_same(row: Outbox, actor: Actor) -> None:
    if row.automatic:
        raise Conflict("a machine's mail is sent at most once: it is not known whether this one was")
    row.state = OutboxState.QUEUED
    row.attempts = 0
    row.next_attempt_at = now()
    row.give_up_at = now() + HUMAN_PATIENCE
    tell(row, "delivery_again", actor, f"sent after a restore by {actor.name}; it may arrive a second time")
    if row.ticket_id is not None and row.message_id is not None:
        record(MailQueued(row.ticket_id, row.message_id))


def stop(row: Outbox, actor: Actor, why: str) -> None:
    row.state = OutboxState.CANCELLED
    row.last_code, row.last_text = None, why
    tell(row, "delivery_cancelled", actor, why)


def discard_webhook_deliveries() -> None:
    waiting = WebhookDelivery.state.in_([DeliveryState.QUEUED, DeliveryState.RETRY, DeliveryState.LEASED])
    db.session.execute(
        update(WebhookDelivery).where(waiting).values(state=DeliveryState.FAILED, last_detail="discarded after a restore")
    )


def found_in_log(message_ids: Collection[str], actor: Actor) -> int:
    """Mark held back mail as sent whose Message-ID (without brackets) a mail server's log names. How many there were."""
    found = [row for row in held_back() if row.rfc_message_id.strip("<>") in message_ids]
    for row in found:
        row.state = OutboxState.SENT
        row.sent_at = now()
        row.last_code, row.last_text = None, "the mail server's log says that it was sent"
        tell(row, "sent", actor, row.last_text)
    return len(found)
