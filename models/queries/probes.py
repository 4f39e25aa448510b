"""Whether a mail is one that the desk sent to itself."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from models.database import db
from models.probe_mark import HEADER, probe_named_by
from models.pulse import Probe

ON_ITS_WAY = timedelta(hours=1)  # a mail that took longer is an ordinary one: its mark may have been seen by others
CLOCKS_DIFFER = timedelta(seconds=5)


def probe_in(headers: Iterable[tuple[str, str]], received_at: datetime, keys: Sequence[bytes]) -> UUID | None:
    """The probe that the mail is, by its own mark. Only the first mail with that mark is; a copy of it is not."""
    marks = [value for name, value in headers if name.lower() == HEADER.lower()]
    probe_id = probe_named_by(keys, marks[0]) if len(marks) == 1 else None
    row = None if probe_id is None else db.session.get(Probe, probe_id)
    if row is None or not row.sent_at - CLOCKS_DIFFER <= received_at <= row.sent_at + ON_ITS_WAY:
        return None
    if row.arrived_at is not None and row.arrived_at < received_at:
        return None
    return row.id
