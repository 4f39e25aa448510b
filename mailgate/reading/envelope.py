"""What mail-parser reads for us: the date in UTC. The only import of mail-parser in the house.

It is given the capped header block alone: its reading of bodies mixes nested mails into the outer one and
drops parts without a name, so bodies and files are read by `structure` and `bodies`.
"""

import email
from datetime import UTC, datetime

from mailparser import MailParser

_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def date_of(date: str) -> datetime | None:
    """Return the Date header in UTC; None when it is missing, unreadable or absurd (H-044)."""
    if not date:
        return None
    try:
        parser = MailParser(email.message_from_string(f"Date: {date[:200]}\n\n"))
        parser.parse()
        found = parser.date
    except Exception:  # the library raises many kinds on odd dates; a mail without a date is fine
        return None
    if found is None:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if _EARLIEST <= found <= _LATEST else None
