"""What mail-parser reads for us: the date in UTC. The only import of mail-parser in the house.

It is given the date alone: its reading of bodies mixes nested mails into the outer one and drops parts without a name,
so bodies and files are read by `structure` and `bodies`.
"""

from datetime import UTC, datetime

from mailparser.utils import convert_mail_date

_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def date_of(date: str) -> datetime | None:
    """Return the Date header in UTC; None when it is missing, unreadable or absurd (H-044)."""
    if not date:
        return None
    try:
        found, _ = convert_mail_date(date[:200])
    except Exception:  # the library raises many kinds on odd dates; a mail without a date is fine
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if _EARLIEST <= found <= _LATEST else None
