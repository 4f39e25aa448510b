"""Every part that is not a body becomes a File: nothing is dropped, nothing gets a random name."""

import hashlib

from mailgate.inbound import File
from mailgate.reading import caps
from mailgate.reading.filenames import clean_name, declared_name, invented_name, other_kind
from mailgate.reading.headers import split_mail
from mailgate.reading.structure import Part, Structure
from mailgate.reading.transfer import decode_body


def make_file(
    content: bytes,
    content_type: str,
    path: str,
    filename: str = "",
    disposition: str = "attachment",
    content_id: str = "",
) -> File:
    """Build a File; `filename` must be clean already."""
    return File(
        filename=filename or invented_name(content_type, path),
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        disposition=disposition or "attachment",
        content_id=content_id,
        part_path=path,
    )


def file_of(part: Part, structure: Structure) -> File:
    """The File a leaf part becomes; damage in its encoding is remarked, its bytes are kept."""
    content, whole = decode_body(part.body, part.headers.text("content-transfer-encoding"))
    name = declared_name(part)
    if other := other_kind(part):
        structure.remark(f"The file {name} has a second name of another kind: {other}.")
    if not whole:
        structure.remark(f"The file {name or part.path} is damaged: its encoding is broken.")
    if len(content) > caps.FILE:
        content = content[: caps.FILE]
        structure.remark(caps.SHORTENED.format(what=f"the file {name or part.path}"))
    if not name and part.content_type == "message/rfc822":
        name = _subject_name(content)
    content_type = part.content_type if part.declared else "application/octet-stream"
    if not part.declared and not part.headers.has("content-type"):
        content_type = "text/plain" if part.content_type == "text/plain" else part.content_type
    content_id = part.headers.text("content-id").strip("<> ")
    return make_file(content, content_type, part.path, name, part.disposition, content_id)


def _subject_name(mail: bytes) -> str:
    """An attached mail is named after its subject, as mail clients do."""
    subject = split_mail(mail)[0].text("subject")
    return clean_name(subject.replace("/", "-").replace("\\", "-") + ".eml") if subject else ""
