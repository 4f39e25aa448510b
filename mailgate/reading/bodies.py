"""Which parts are the message itself, and which are files; the shown texts in the order of the mail."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from mailgate.inbound import File
from mailgate.reading import caps
from mailgate.reading.attachments import file_of, make_file
from mailgate.reading.charsets import decode
from mailgate.reading.filenames import clean_name, declared_name
from mailgate.reading.flowed import unflow
from mailgate.reading.html_charset import charset_in_html
from mailgate.reading.structure import Part, Structure
from mailgate.reading.tnef import is_tnef, unpack
from mailgate.reading.transfer import decode_body
from mailgate.reading.uuencode import decode_uu
from models.markup import clean_html

_MARKUP = ("text/html", "application/xhtml+xml")


@dataclass(slots=True)
class Block:
    """One stretch of the message, as plain text, as HTML, or in both forms."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Contents:
    """What a mail holds: the blocks of its message and all files."""

    blocks: list[Block] = field(default_factory=list)
    files: list[File] = field(default_factory=list)


def read_contents(structure: Structure) -> Contents:
    """Sort the parts of the mail into message and files."""
    contents = Contents()
    _sort(structure.root, contents, structure)
    _open_containers(contents, structure)
    if not _has_message(contents):
        _show_named_text(structure, contents)
    if len(contents.files) > caps.FILES:
        contents.files = contents.files[: caps.FILES]
        structure.remark(caps.SHORTENED.format(what=f"more than {caps.FILES} files"))
    return contents


def _has_message(contents: Contents) -> bool:
    return any((block.plain or "").strip() or (block.html or "").strip() for block in contents.blocks)


def _open_containers(contents: Contents, structure: Structure) -> None:
    """Put what Outlook packed into winmail.dat beside it; its text is shown when the mail has none."""
    for file in [file for file in contents.files if is_tnef(file)]:
        unpacked = unpack(file)
        if unpacked is None:
            structure.remark(f"The file {file.filename} is an Outlook container that could not be opened.")
            continue
        contents.files.extend(unpacked.files)
        if not _has_message(contents) and (unpacked.text or unpacked.html):
            contents.blocks.append(Block(unpacked.text or None, unpacked.html[: caps.HTML] or None))


def _show_named_text(structure: Structure, contents: Contents) -> None:
    """A mail without any message, but with a text under a name that asks to be shown: it is shown,
    and kept.
    """
    for part in structure.root.walk():
        if (
            part.content_type in ("text/plain", *_MARKUP)
            and part.disposition != "attachment"
            and not part.children
        ):
            contents.blocks.append(_block(part, contents, structure))
            return


def _sort(part: Part, contents: Contents, structure: Structure) -> None:
    if not part.children:
        if _is_message(part):
            contents.blocks.append(_block(part, contents, structure))
        elif part.main_type != "multipart":
            contents.files.append(file_of(part, structure))
        return
    sorter = _SORTERS.get(part.content_type, _sort_each)
    sorter(part, contents, structure)


def _sort_each(part: Part, contents: Contents, structure: Structure) -> None:
    for child in part.children:
        _sort(child, contents, structure)


def _sort_alternative(part: Part, contents: Contents, structure: Structure) -> None:
    """The forms of one message become one block: the first readable plain and the last HTML form.

    A form may itself be made of several parts (Apple Mail: text, picture, text); these belong together.
    """
    plains: list[str] = []
    htmls: list[str] = []
    second_choice: list[str] = []
    for child in part.children:
        form = Contents()
        _sort(child, form, structure)
        contents.files.extend(form.files)
        html = side_by_side([block.html for block in form.blocks if block.html])
        plain = "\n".join(block.plain for block in form.blocks if block.plain)
        (second_choice if html else plains).append(plain)
        htmls.append(html)
    shown = Block(
        next((text for text in (*plains, *second_choice) if text.strip()), None),
        next((text for text in reversed(htmls) if text.strip()), None),
    )
    if shown.plain is not None or shown.html is not None:
        contents.blocks.append(shown)


def _sort_encrypted(part: Part, contents: Contents, structure: Structure) -> None:
    """Nothing in an encrypted mail is the message: all of it is kept as files, never decrypted."""
    structure.remark("The message is encrypted; its parts are kept as files.")
    contents.files.extend(file_of(leaf, structure) for leaf in part.walk() if not leaf.children)


_SORTERS = {
    "multipart/alternative": _sort_alternative,
    "multipart/encrypted": _sort_encrypted,
}


def _is_message(part: Part) -> bool:
    """Whether a leaf is meant to be read in place: text without a name that does not ask to be a file."""
    if part.content_type not in ("text/plain", *_MARKUP) and not (
        part.path == "" and part.main_type == "text"
    ):
        return False
    if part.disposition == "attachment":
        return False
    return not declared_name(part)


def _block(part: Part, contents: Contents, structure: Structure) -> Block:
    data, whole = decode_body(part.body, part.headers.text("content-transfer-encoding"))
    if not whole:
        structure.remark("A part of the text is damaged: its encoding is broken.")
    if part.content_type in _MARKUP:
        return Block(
            html=_limited(decode(data, part.params.get("charset", "") or charset_in_html(data)), structure)
        )
    if b"begin " in data:
        found, data = decode_uu(data)
        for number, file in enumerate(found, 1):
            name = clean_name(decode(file.filename))
            path = f"{part.path or '1'}.uu{number}"
            contents.files.append(make_file(file.content, "application/octet-stream", path, name))
    text = decode(data, part.params.get("charset", "")).replace("\r\n", "\n").replace("\r", "\n")
    if part.params.get("format", "").lower() == "flowed":
        text = unflow(text, part.params.get("delsp", "").lower() == "yes")
    return Block(plain=text)


def _limited(html: str, structure: Structure) -> str:
    if len(html) > caps.HTML:
        structure.remark(caps.SHORTENED.format(what="very long HTML"))
    return html[: caps.HTML]


def joined_html(blocks: list[Block]) -> str:
    """The HTML of the message, or '' when no block has one; plain blocks between are escaped."""
    if not any(block.html for block in blocks):
        return ""
    return side_by_side(
        [
            block.html if block.html is not None else f"<pre>{escape(block.plain or '', quote=False)}</pre>"
            for block in blocks
            if block.html or (block.plain or "").strip()
        ]
    )


def side_by_side(htmls: Sequence[str]) -> str:
    """Pieces of HTML one below the other, each closed by itself: a tag that one part leaves open must not swallow the
    next one and carry its words away in an address (Efail, H-106).
    """
    return htmls[0] if len(htmls) == 1 else "\n".join(clean_html(html).html for html in htmls)
