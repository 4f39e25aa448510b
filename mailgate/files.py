"""Has the files of a mail scanned, and keeps them as blobs before the rows that name them."""

import time
from dataclasses import replace

from mailgate.inbound import Inbound
from models.actions.messages import StoredFile
from models.blobs import BlobStore
from models.scanner import Scanner

OCTETS = "application/octet-stream"
SCAN_SECONDS = 30.0  # for all files of a mail: what is left then, a worker has scanned later


def scanned(inbound: Inbound, scanner: Scanner | None) -> Inbound:
    """The mail with what the scanner says of each file. What the child that read the mail says of that counts for nothing."""
    until = time.monotonic() + SCAN_SECONDS
    files = []
    for file in inbound.files:
        finding = scanner(file.content) if scanner is not None and time.monotonic() < until else None
        files.append(replace(file, scan=finding and finding.scan, malware=finding.malware if finding else ""))
    return replace(inbound, files=tuple(files)) if files else inbound


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
            scan=file.scan,
            malware=file.malware,
        )
        for file in inbound.files
    ]


def without_contents(inbound: Inbound) -> Inbound:
    """The mail as it is once its files are kept: names and hashes, and no octets to carry about."""
    return replace(inbound, files=tuple(replace(file, content=b"") for file in inbound.files))
