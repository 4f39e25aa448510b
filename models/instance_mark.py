"""The mark by which the desk knows a mail of its own when it comes back: the header `X-Postroom-Id`.

`p1.ID.MAC`: the outbox row's id and a 128-bit MAC over it. It stands apart from the Message-ID because some
relays write Message-IDs anew. The mark travels to strangers: it proves where a mail began and gives no right.
"""

import hmac
import re
from collections.abc import Sequence
from uuid import UUID

HEADER = "X-Postroom-Id"
MARK = re.compile(r"p1\.([0-9a-f]{32})\.([0-9a-f]{32})")


def instance_mark(keys: Sequence[bytes], outbox_id: UUID) -> str:
    """The mark of the mail in this outbox row, signed with the first key."""
    return f"p1.{outbox_id.hex}.{mac(keys[0], outbox_id.hex)}"


def is_our_mark(keys: Sequence[bytes], mark: str) -> bool:
    """Whether this desk made `mark`; any of its keys may have signed."""
    match = MARK.fullmatch(mark.strip())
    if match is None:
        return False
    outbox_id, given = match.groups()
    return any([hmac.compare_digest(given, mac(key, outbox_id)) for key in keys])


def mac(key: bytes, outbox_id: str) -> str:
    return hmac.digest(key, f"instance-mark|{outbox_id}".encode(), "sha256")[:16].hex()
