"""Files that came with messages: always as a download; pictures that are pictures also in their place.

What a sender called a file or its type decides nothing: the type comes from our own table, by the first bytes
(mail-safety H-112 to H-115).
"""

import unicodedata
from urllib.parse import quote

from flask import Response, abort, current_app

from models.app import blobs_of
from models.blobs import BlobDamaged
from models.message import Attachment
from models.queries.conversations import attachment_seen_by
from webapp.auth import current_user, signed_in
from webapp.inbox.blueprint import inbox, visibility
from webapp.pictures import MAX_SHOWN, can_be_drawn, picture_type

MAX_NAME = 120
# Types a browser never runs or draws by itself, by the file's ending; everything else is only bytes.
HARMLESS = {
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "zip": "application/zip",
    "ics": "text/calendar; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

LARGEST_TEXT = 1024 * 1024  # a larger file is not shown as text
READ_AS_TEXT = frozenset("txt text csv tsv log md json xml yaml yml ini conf ics vcf eml diff patch html htm svg css js py sql".split())

SANDBOX = "sandbox; default-src 'none'"


@inbox.get("/attachments/<int:attachment_id>/")
@signed_in
def download(attachment_id: int) -> Response:
    file = attachment_seen_by(current_user(), visibility(), attachment_id)
    return as_download(content_of(file), file.filename, download_type(file.filename))


@inbox.get("/attachments/<int:attachment_id>/picture")
@signed_in
def picture(attachment_id: int) -> Response:
    """The file drawn in its place, if its first bytes are those of a picture format."""
    file = attachment_seen_by(current_user(), visibility(), attachment_id)
    content = content_of(file) if file.size <= MAX_SHOWN else b""
    kind = picture_type(content)
    if kind is None or not can_be_drawn(content):
        abort(404, "this file is not a picture that can be shown: download it")
    return as_download(content, file.filename, kind)  # an <img> draws it all the same, and nothing opens it here (P15)


def content_of(file: Attachment) -> bytes:
    try:
        return blobs_of(current_app).read(file.blob_sha256)
    except (FileNotFoundError, BlobDamaged):
        current_app.logger.error("the file of attachment %s is missing or damaged", file.id)
        abort(503, "the stored file is missing or damaged: an administrator has to restore it from a backup")


def download_type(filename: str) -> str:
    """The type a file is downloaded as, from our own table by its ending."""
    return HARMLESS.get(filename.rpartition(".")[2].lower(), "application/octet-stream")


def as_download(content: bytes, filename: str, content_type: str) -> Response:
    """`content` as something to save and never to open here (RFC 6266)."""
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = disposition(filename)
    return guarded(response)


def guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def disposition(filename: str) -> str:
    """`attachment` with the name twice: in ASCII for all, in UTF-8 for those that read RFC 5987."""
    name = shown_name(filename)
    plain = "".join(letter if letter.isascii() and letter not in '"\\%;' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def shown_name(filename: str) -> str:
    """`filename` without folders, controls, marks that turn text around, dots at its ends (H-112)."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    letters = (" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", last))
    name = "".join(letter for letter in letters if unicodedata.category(letter)[0] != "C").strip(" .")
    if len(name) > MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        ending = f".{ending}" if dot and len(ending) <= 10 else ""
        name = name[: MAX_NAME - len(ending)].rstrip(" .") + ending
    return name or "attachment"


def is_text(file: Attachment) -> bool:
    """Whether its name says that it is text, and it is short enough to be looked at."""
    return file.size <= LARGEST_TEXT and file.filename.rpartition(".")[2].lower() in READ_AS_TEXT
