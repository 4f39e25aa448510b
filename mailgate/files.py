"""Keeps the files of a mail as blobs, before the rows that name them."""

from dataclasses import replace

from mailgate.inbound import Inbound
from models.actions.messages import StoredFile
from models.blobs import BlobStore

OCTETS = "application/octet-stream"


def keep_files(inbound: Inbound, blobs: BlobStore) -> list[StoredFile]:
    """Put every file of the mail into the store; what the desk needs to know of each. Raises `OSError`."""
    return [
        StoredFile(
            blob_sha256=blobs.put(file.content),
            filename=file.filename,
            content_type=file.content_type or OCTETS,
            size=file.size,
            is_inline=file.disposition == "inline" and bool(file.content_id),
            content_id=file.content_id,
        )
        for file in inbound.files
    ]


def without_contents(inbound: Inbound) -> Inbound:
    """The mail as it is once its files are kept: names and hashes, and no octets to carry about."""
    return replace(inbound, files=tuple(replace(file, content=b"") for file in inbound.files))
