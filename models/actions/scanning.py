"""What a malware scanner has said of files that were kept before it could be asked."""

from collections.abc import Sequence

from sqlalchemy import func, select, text, update

from models.actions.timeline import note_on_timeline
from models.actor import SCANNER
from models.database import db
from models.events import TicketUpdated, record
from models.message import Attachment, Message
from models.scanner import Finding, Scan


def files_to_scan(most: int) -> Sequence[str]:
    """The hashes of files that nobody has looked into, the newest first."""
    waiting = select(Attachment.blob_sha256).where(Attachment.scan.is_(None)).order_by(Attachment.id.desc()).limit(most)
    return tuple(dict.fromkeys(db.session.scalars(waiting)))


def note_finding(blob_sha256: str, finding: Finding) -> None:
    """Write it beside every attachment with these bytes; where they do harm, their tickets say so. The caller commits."""
    told = (
        update(Attachment)
        .where(Attachment.blob_sha256 == blob_sha256, Attachment.scan.is_(None))
        .values(scan=finding.scan, malware=finding.malware)
        .returning(Attachment.message_id, Attachment.filename)
    )
    found = db.session.execute(told).all()
    if finding.scan is not Scan.INFECTED:
        return
    for message_id, filename in found:
        ticket_id = db.session.get_one(Message, message_id).ticket_id
        note_on_timeline(
            ticket_id, "malware_found", SCANNER, message_id=message_id, is_internal=True, file=filename, malware=finding.malware
        )
        record(TicketUpdated(ticket_id))


def has_waited_long() -> bool:
    """Whether a file that came more than ten minutes ago has not been looked into."""
    oldest = select(Attachment.message_id).where(Attachment.scan.is_(None)).order_by(Attachment.id).limit(1).scalar_subquery()
    late = Message.created_at < func.now() - text("interval '10 minutes'")
    return db.session.scalar(select(Message.id).where(Message.id == oldest, late)) is not None
