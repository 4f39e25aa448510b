"""Remembering Message-IDs, so that later mails that name them find their message."""

from uuid import UUID

from models.database import db
from models.message import MessageReference
from models.message_ids import id_hash
from models.text import clean_text

MAX_MESSAGE_ID = 998


def remember_message_id(message_id: int, direction: str, rfc_message_id: str, outbox_id: UUID | None = None) -> None:
    """Let `rfc_message_id` (without brackets) stand for the message; `outbox_id` where it is one of ours."""
    db.session.add(
        MessageReference(
            id_hash=id_hash(rfc_message_id),
            direction=direction,
            message_id=message_id,
            outbox_id=outbox_id,
            rfc_message_id=clean_text(rfc_message_id, MAX_MESSAGE_ID),
        )
    )
