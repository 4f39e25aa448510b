"""What other mail systems tell about a mail of ours."""

from uuid import UUID

from models.actions.timeline import note_on_timeline
from models.actor import MAIL_GATE
from models.database import db
from models.events import DeliveryChanged, record
from models.outbox import Outbox, OutboxState
from models.text import clean_text

MAX_TEXT = 1000


def record_report(outbox_id: UUID, kind: str, why: str, status: str = "", text: str = "") -> None:
    """Note a bounce, a delay, a complaint or a receipt on the mail and its ticket. Reopens and answers nothing.

    A bounce turns a sent mail into a failed one: the agent sees it in red under the message.
    """
    row = db.session.get_one(Outbox, outbox_id, with_for_update=True)
    said = clean_text(" ".join(part for part in (status, text) if part) or why, MAX_TEXT)
    if kind == "bounce" and row.state in (OutboxState.SENT, OutboxState.UNCERTAIN):
        row.state = OutboxState.FAILED
        row.last_text = said
    if row.ticket_id is None or row.message_id is None:
        return
    note_on_timeline(
        row.ticket_id, kind, MAIL_GATE, message_id=row.message_id, is_internal=True, rcpt=row.rcpt, text=said
    )
    record(DeliveryChanged(row.ticket_id, row.message_id))
