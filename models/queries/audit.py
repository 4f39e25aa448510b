"""Reading the audit log: a page of it, or a long piece for a spreadsheet; newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, or_, select

from models.audit import AuditEntry
from models.database import db
from models.queries.figures import midnight
from models.queries.keysets import Order, Slice, as_number, slice_of
from models.queries.people import escaped

NEWEST_FIRST = Order("-audit", AuditEntry.id, AuditEntry.id, True, as_number)
PIECE = 1_000


@dataclass(frozen=True)
class AuditWanted:
    """What of the log is wanted; empty values leave it wide. Days are whole, in UTC, the last one included."""

    act: str = ""
    actor: str = ""
    find: str = ""  # in the names of what it was done to
    first: date | None = None
    last: date | None = None


def page_of_audit(wanted: AuditWanted, cursor: str, size: int) -> Slice:
    return slice_of(entries(wanted), NEWEST_FIRST, cursor, size)


def all_of_audit(wanted: AuditWanted) -> Iterator[AuditEntry]:
    """Every entry that is wanted, fetched piece by piece."""
    found = entries(wanted).order_by(AuditEntry.id.desc()).execution_options(yield_per=PIECE)
    yield from db.session.scalars(found)


def acts_noted() -> Sequence[str]:
    """Which acts there are in the log."""
    return db.session.scalars(select(AuditEntry.act).distinct().order_by(AuditEntry.act)).all()


def entries(wanted: AuditWanted) -> Select[tuple[AuditEntry]]:
    found = select(AuditEntry)
    if wanted.act:
        found = found.where(AuditEntry.act == wanted.act)
    if wanted.actor:
        found = found.where(func.lower(AuditEntry.actor_name).like(like(wanted.actor), escape="\\"))
    if wanted.find:
        columns = (AuditEntry.subject_name, AuditEntry.subject_id, AuditEntry.subject)
        found = found.where(or_(*(func.lower(column).like(like(wanted.find), escape="\\") for column in columns)))
    if wanted.first is not None:
        found = found.where(AuditEntry.at >= midnight(wanted.first))
    if wanted.last is not None and wanted.last < date.max:
        found = found.where(AuditEntry.at < midnight(date.fromordinal(wanted.last.toordinal() + 1)))
    return found


def like(words: str) -> str:
    return f"%{escaped(words.lower())}%"
