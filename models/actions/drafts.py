"""Keeping what an agent is writing."""

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from models.database import db
from models.draft import Draft
from models.errors import Invalid
from models.text import clean_text

MAX_BODY = 500_000
MODES = ("reply", "note")


def save_draft(ticket_id: int, author_id: int, mode: str, body: str) -> None:
    """Keep `body` as the author's draft; an empty one is forgotten. The last write wins."""
    if mode not in MODES:
        raise Invalid("mode", f"a draft is for a {' or a '.join(MODES)}")
    body = clean_text(body, MAX_BODY)
    if not body.strip():
        discard_draft(ticket_id, author_id, mode)
        return
    kept = insert(Draft).values(ticket_id=ticket_id, author_id=author_id, mode=mode, body=body)
    db.session.execute(
        kept.on_conflict_do_update(
            index_elements=["ticket_id", "author_id", "mode"],
            set_={"body": kept.excluded.body, "updated_at": func.clock_timestamp()},
        )
    )


def discard_draft(ticket_id: int, author_id: int, mode: str) -> None:
    """Forget the author's draft, if there is one."""
    db.session.execute(
        delete(Draft).where(Draft.ticket_id == ticket_id, Draft.author_id == author_id, Draft.mode == mode)
    )
