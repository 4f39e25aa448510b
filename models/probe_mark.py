"""The header by which a filer knows a mail that the desk sent to itself: `X-Postroom-Probe: q1.ID.MAC`.

The MAC is over the id of the probe's row. It hides a mail from the team, so it is worth nothing by itself: the row must be
young, and the first mail with its mark is the only one that counts (`models/queries/probes.py`).
"""

import hmac
import re
from collections.abc import Sequence
from uuid import UUID

HEADER = "X-Postroom-Probe"
MARK = re.compile(r"q1\.([0-9a-f]{32})\.([0-9a-f]{32})")


def probe_mark(keys: Sequence[bytes], probe_id: UUID) -> str:
    """The mark of this probe, signed with the first key."""
    return f"q1.{probe_id.hex}.{mac(keys[0], probe_id.hex)}"


def probe_named_by(keys: Sequence[bytes], mark: str) -> UUID | None:
    """The probe that `mark` names, if this desk has signed it; any of its keys may have."""
    match = MARK.fullmatch(mark.strip())
    if match is None:
        return None
    probe_id, given = match.groups()
    is_ours = any([hmac.compare_digest(given, mac(key, probe_id)) for key in keys])
    return UUID(probe_id) if is_ours else None


def mac(key: bytes, probe_id: str) -> str:
    return hmac.digest(key, f"probe|{probe_id}".encode(), "sha256")[:16].hex()
