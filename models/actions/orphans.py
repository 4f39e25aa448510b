"""Blobs that no row names: left by mails that were not taken after all, and by what was forgotten.

A blob is written before the row that names it, and putting it again makes it young. So one that nobody wrote for a day
and that no row names now is in nobody's hands: no transaction of ours lives that long. Actions record and never commit;
what is done here is done to the store of blobs, at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import text

from models.actions.forgetting import named_blobs
from models.blobs import BlobStore
from models.database import db

BLOBS_ARE_YOUNG = timedelta(days=1)
SWEEPERS = 1_886_350_188  # any fixed number of our own; beside it stands the shelf


def orphans(blobs: BlobStore, shelf: int) -> list[str]:
    """The old blobs of one shelf (0 to 255) that no row names."""
    old = list(blobs.older_than(BLOBS_ARE_YOUNG, shelf))
    named = named_blobs(old)
    db.session.rollback()  # a store may be slow, and no transaction waits for it
    return [name for name in old if name not in named]


def remove_orphans(blobs: BlobStore, shelf: int) -> int:
    """Remove the orphans of one shelf. How many went; none where another process is at it."""
    with alone_at(shelf) as is_alone:
        if not is_alone:
            return 0
        removed = sum(blobs.remove_if_older_than(BLOBS_ARE_YOUNG, name) for name in orphans(blobs, shelf))
        settle_aside(blobs, shelf)
        return removed


def settle_aside(blobs: BlobStore, shelf: int) -> None:
    """End what was set aside a day ago; what a row names after all comes back."""
    aside = list(blobs.set_aside(BLOBS_ARE_YOUNG, shelf))
    named = named_blobs(aside)
    db.session.rollback()
    for name in aside:
        if name in named:
            blobs.bring_back(name)
        blobs.forget_aside(name)


@contextmanager
def alone_at(shelf: int) -> Iterator[bool]:
    """Whether nobody else sweeps this shelf; it is ours until the end, or until our connection dies."""
    key = {"all": SWEEPERS, "one": shelf}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_alone = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:all, :one)"), key))
        try:
            yield is_alone
        finally:
            if is_alone:
                connection.execute(text("SELECT pg_advisory_unlock(:all, :one)"), key)
