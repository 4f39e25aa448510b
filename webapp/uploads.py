"""Files that people send with a form: kept as blobs, named for show alone."""

from collections.abc import Sequence

from flask import current_app, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from models.actions.drafts import MOST_FILES, MOST_OCTETS
from models.actions.messages import StoredFile
from models.app import blobs_of, scanner_of
from models.blobs import BlobsUnavailable
from models.errors import Invalid
from models.scanner import Scan

FIELD = "files"


def sent_files() -> list[StoredFile]:
    """The files of this request, kept in the blob store. Raises `Invalid` for too many or too much."""
    chosen = [file for file in request.files.getlist(FIELD) if file.filename]
    refuse_too_much(chosen)
    return [kept(file) for file in chosen]


def refuse_too_much(files: Sequence[FileStorage]) -> None:
    if len(files) > MOST_FILES:
        raise Invalid(FIELD, _("at most %(most)s files go with one message", most=MOST_FILES))
    if sum(size_of(file) for file in files) > MOST_OCTETS:
        raise Invalid(FIELD, _("the files are larger than %(most)s MB together", most=MOST_OCTETS // 1024 // 1024))


def size_of(file: FileStorage) -> int:
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size


def kept(file: FileStorage) -> StoredFile:
    data = file.stream.read()
    scanner = scanner_of(current_app)
    finding = scanner(data) if scanner is not None else None
    if finding is not None and finding.scan is Scan.INFECTED:
        raise Invalid(FIELD, _("the malware scanner found %(malware)s in %(name)s", malware=finding.malware, name=file.filename))
    content_type = (file.mimetype or "application/octet-stream")[:200]
    try:
        sha256 = blobs_of(current_app).put(data)
    except OSError as trouble:  # a full disk is our trouble, too
        raise BlobsUnavailable(str(trouble)) from trouble
    return StoredFile(sha256, file.filename or "", content_type, len(data), scan=finding and finding.scan)
