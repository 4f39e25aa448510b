"""What other mail systems tell about a mail of ours."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from models.actions.suppression import note_trouble
from models.actions.timeline import note_on_timeline
from models.actor import MAIL_GATE
from models.bounce_rules import points_of
from models.database import db
from models.events import DeliveryChanged, record
from models.outbox import Outbox, OutboxAttempt, OutboxState
from models.queries.outbox import ticket_of_mail
from models.text import clean_text

MAX_TEXT = 1000
BELIEVED_FOR = timedelta(days=14)  # servers try for five days; a report that comes much later is a replay


def record_report(
    outbox_id: UUID,
    kind: str,
    why: str,
    status: str = "",
    text: str = "",
    *,
    hard: bool = True,
    by_bounce_address: bool = False,
) -> None:
    """Note a bounce, a delay, a complaint or a receipt on the mail and its ticket. Reopens and answers nothing.

    A bounce turns a sent mail into a failed one: the agent sees it in red under the message. It counts against
    the address only with the best proof the mail allows; see `counts_against_the_address`.
    """
    row = db.session.get_one(Outbox, outbox_id, with_for_update=True)
    said = clean_text(" ".join(part for part in (status, text) if part) or why, MAX_TEXT)
    if kind == "bounce" and row.state in (OutboxState.SENT, OutboxState.UNCERTAIN):
        row.state = OutboxState.FAILED
        row.last_code, row.last_text = None, said
    db.session.add(OutboxAttempt(outbox_id=row.id, outcome=kind, detail={"text": said, "status": status}))
    stopped = False
    if kind in ("bounce", "complaint") and counts_against_the_address(row, by_bounce_address):
        points = points_of(status, hard) if kind == "bounce" else 0
        stopped = note_trouble(row, kind, status, points, said)
    ticket_id = ticket_of_mail(row)
    if ticket_id is None:
        return
    about = {"message_id": row.message_id, "is_internal": True, "rcpt": row.rcpt}
    note_on_timeline(ticket_id, kind, MAIL_GATE, **about, text=said)
    if stopped:
        note_on_timeline(ticket_id, "suppressed", MAIL_GATE, **about, reason=kind, text=said)
    if row.message_id is not None:
        record(DeliveryChanged(ticket_id, row.message_id))


def counts_against_the_address(row: Outbox, by_bounce_address: bool) -> bool:
    """Whether the proof is good enough to stop writing to somebody.

    A Message-ID is seen by all whom the thread reaches; a bounce address is seen by the recipient's mail
    system alone. So where the mail had one, a report has to come there; and it has to come in time.
    """
    if row.sent_at is None or (row.envelope_from is not None and not by_bounce_address):
        return False
    in_time = select(func.clock_timestamp() - row.sent_at < BELIEVED_FOR)
    return bool(db.session.scalar(in_time))
