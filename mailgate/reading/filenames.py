"""The name of a file as an agent sees it: decoded, one line, no path, never empty, extension kept (H-112)."""

import mimetypes
import re
import unicodedata

from mailgate.reading import caps
from mailgate.reading.structure import Part
from models.text import clean_text

# Marks that reorder or hide letters: 'gpj.exe' must not read as 'exe.jpg'.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.I)
_DRIVE = re.compile(r"[A-Za-z]:\\\\?.*[^\\]\Z")
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "text/rfc822-headers": ".txt",
    "image/jpeg": ".jpg",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/octet-stream": ".bin",
}


def declared_name(part: Part) -> str:
    """The name the mail gives this part ('filename' before 'name'), cleaned; '' when it gives none."""
    name = part.disposition_params.get("filename") or part.params.get("name") or part.params.get("file") or ""
    name = with_its_letters(name, part.params.get("name") or "")
    return clean_name(name) if name else ""


def with_its_letters(name: str, other: str) -> str:
    """`other`, where it is the same name with letters in it that a small charset had made question marks of."""
    if "?" not in name or len(name) != len(other) or "\ufffd" in other:
        return name
    same = all(ours in ("?", theirs) for ours, theirs in zip(name, other, strict=True))
    return other if same else name


def other_kind(part: Part) -> str:
    """The second name of this part, where the two end differently: one program opens what another calls harmless."""
    names = (part.disposition_params.get("filename"), part.params.get("name"))
    shown, other = (clean_name(name) if name else "" for name in names)
    endings = [name.rpartition(".")[2].lower() if "." in name else "" for name in (shown, other)]
    return other if all(endings) and endings[0] != endings[1] else ""


def clean_name(name: str) -> str:
    """Make a file name of `name`: no path, no controls, no invisible marks, at most caps.FILENAME letters."""
    name = clean_text(re.sub(r"\s+", " ", name), 5_000)
    name = _UNSEEN.sub("", unicodedata.normalize("NFC", name))
    if _DRIVE.match(name):
        name = name.rpartition("\\")[2]
    name = re.sub(r"[/\\]", "_", name).strip(" \"'").rstrip(". ").lstrip(".")
    if _RESERVED.match(name):
        name = "_" + name
    return _short(name)


def invented_name(content_type: str, path: str) -> str:
    """A name for a part without one; the same each time the mail is read."""
    extension = _EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type) or ".bin"
    return f"part-{path or '1'}{extension}"


def _short(name: str) -> str:
    if len(name) <= caps.FILENAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[: caps.FILENAME]
    return stem[: caps.FILENAME - len(extension) - 1] + dot + extension
