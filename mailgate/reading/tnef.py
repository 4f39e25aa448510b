"""Outlook's winmail.dat (TNEF) opened: the files and the text inside; the container itself is kept as
well.
"""

import logging
from dataclasses import dataclass, field

from tnefparse import TNEF

from mailgate.inbound import File
from mailgate.reading.attachments import make_file
from mailgate.reading.charsets import decode
from mailgate.reading.filenames import clean_name

_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_MAGIC = b"\x78\x9f\x3e\x22"
_LARGEST = 25 * 1024 * 1024
_MOST_FILES = 100

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it logs each odd attribute of odd mail


@dataclass(slots=True)
class Unpacked:
    """What a TNEF container holds."""

    files: list[File] = field(default_factory=list)
    text: str = ""
    html: str = ""


def is_tnef(file: File) -> bool:
    """Whether a file is a TNEF container, whatever it is called."""
    return file.content.startswith(_MAGIC) and (
        file.content_type in _TYPES or file.filename.lower().endswith(".dat")
    )


def unpack(file: File) -> Unpacked | None:
    """Open a container; None when it cannot be read."""
    if file.size > _LARGEST:
        return None
    try:
        container = TNEF(file.content, do_checksum=False)
    except Exception:  # the library fails in many ways on damaged containers; the file stays and is remarked
        return None
    if not (container.attachments or container.mapiprops or container.body or container.htmlbody):
        return None
    unpacked = Unpacked(text=_text(container.body), html=_text(container.htmlbody))
    for number, inner in enumerate(container.attachments[:_MOST_FILES], 1):
        name = inner.long_filename() or inner.name or ""
        name = clean_name(_text(name).strip("\x00"))
        path = f"{file.part_path or '1'}.tnef{number}"
        unpacked.files.append(make_file(bytes(inner.data or b""), "application/octet-stream", path, name))
    return unpacked


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return decode(value).strip("\x00")
    if isinstance(value, list):
        return "".join(_text(item) for item in value)
    return value.strip("\x00") if isinstance(value, str) else ""
