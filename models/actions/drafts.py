"""Keeping what an agent is writing: the words, whom they are for, and the files that go along."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from models.database import db
from models.draft import MODES, Draft, DraftFile
from models.errors import Invalid, NotFound
from models.rich_text import written_html
from models.text import clean_text

MAX_BODY = 500_000
MOST_FILES = 20
MOST_OCTETS = 25 * 1024 * 1024  # all of them together: what a mail system still takes


class KeptFile(Protocol):
    """A file whose bytes lie in the blob store: of a form, or of a message."""

    blob_sha256: str
    filename: str
    content_type: str
    size: int
    is_inline: bool
    content_id: str


@dataclass(frozen=True)
class Begun:
    """What has been written so far. `addressed` is `{'to': [address, …], 'cc': […], 'message': id}`, what there is of it."""

    body: str
    html: str = ""
    addressed: dict[str, Any] | None = None


def save_draft(ticket_id: int, author_id: int, mode: str, begun: Begun | str) -> None:
    """Keep it as the author's draft; an empty one is forgotten, its files are not. The last write wins."""
    refuse_unknown(mode)
    begun = Begun(begun) if isinstance(begun, str) else begun
    html = written_html(begun.html) if begun.html else ""
    body = clean_text(begun.body, MAX_BODY)
    if not body.strip() and not html and not (mode == "forward" and names_somebody(begun)):
        forget_words(ticket_id, author_id, mode)
        return
    kept = insert(Draft).values(
        ticket_id=ticket_id, author_id=author_id, mode=mode, body=body, body_html=html, addressed=begun.addressed
    )
    said = {name: kept.excluded[name] for name in ("body", "body_html", "addressed")}
    db.session.execute(
        kept.on_conflict_do_update(
            index_elements=["ticket_id", "author_id", "mode"],
            set_={**said, "updated_at": func.clock_timestamp()},
        )
    )


def names_somebody(begun: Begun) -> bool:
    """A forward may go without words of one's own: whom it is for is worth keeping by itself."""
    return bool(begun.addressed and (begun.addressed.get("to") or begun.addressed.get("cc")))


def refuse_unknown(mode: str) -> None:
    if mode not in MODES:
        raise Invalid("mode", f"a draft is one of: {', '.join(MODES)}")


def discard_draft(ticket_id: int, author_id: int, mode: str) -> None:
    """Forget the author's draft and its files, if there is one."""
    forget_words(ticket_id, author_id, mode)
    db.session.execute(
        delete(DraftFile).where(
            DraftFile.ticket_id == ticket_id, DraftFile.author_id == author_id, DraftFile.mode == mode
        )
    )


def forget_words(ticket_id: int, author_id: int, mode: str) -> None:
    db.session.execute(
        delete(Draft).where(Draft.ticket_id == ticket_id, Draft.author_id == author_id, Draft.mode == mode)
    )


def put_in(ticket_id: int, author_id: int, mode: str, files: Sequence[KeptFile]) -> list[DraftFile]:
    """Put files into a draft. A picture among the words gets its Content-ID here. Raises `Invalid` for too many or too much."""
    refuse_unknown(mode)
    there = files_in(ticket_id, author_id, mode)
    if len(there) + len(files) > MOST_FILES:
        raise Invalid("files", f"at most {MOST_FILES} files go with one message")
    if sum(file.size for file in (*there, *files)) > MOST_OCTETS:
        raise Invalid("files", f"the files are larger than {MOST_OCTETS // 1024 // 1024} MB together")
    rows = [
        DraftFile(
            ticket_id=ticket_id,
            author_id=author_id,
            mode=mode,
            blob_sha256=file.blob_sha256,
            filename=clean_text(file.filename, 255) or "attachment",
            content_type=file.content_type,
            size=file.size,
            is_inline=file.is_inline,
            content_id=(file.content_id or f"{uuid4().hex}@desk") if file.is_inline else "",
        )
        for file in files
    ]
    db.session.add_all(rows)
    db.session.flush()
    return rows


def files_in(ticket_id: int, author_id: int, mode: str) -> Sequence[DraftFile]:
    """The files of a draft, in the order in which they came."""
    wanted = select(DraftFile).where(
        DraftFile.ticket_id == ticket_id, DraftFile.author_id == author_id, DraftFile.mode == mode
    )
    return db.session.scalars(wanted.order_by(DraftFile.id)).all()


def take_out(ticket_id: int, author_id: int, file_id: int) -> None:
    """Remove a file of one's own draft. Raises `NotFound`."""
    gone = delete(DraftFile).where(
        DraftFile.id == file_id, DraftFile.ticket_id == ticket_id, DraftFile.author_id == author_id
    )
    if db.session.scalar(gone.returning(DraftFile.id)) is None:
        raise NotFound("this file is not in your draft")
