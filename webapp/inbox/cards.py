"""Messages as cards: what a conversation shows of one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.app import scanner_of
from models.message import Attachment, Direction, Message, Source
from models.scanner import Scan
from webapp.clock import Clock, When
from webapp.inbox.attachments import is_text
from webapp.inbox.badges import Badge, badge_of
from webapp.inbox.dangerous_files import danger_in
from webapp.inbox.delivery_lines import DeliveryLine, can_be_unsent, delivery_line
from webapp.inbox.parked_pictures import count_worth_seeing
from webapp.inbox.view_models import Face, face_of
from webapp.pictures import is_picture

SOURCE_WORDS = {Source.EMAIL: _l("by mail"), Source.WEB: _l("in the browser"), Source.API: _l("through the API")}

FOLD_WORDS = {"quote": _l("earlier messages"), "signature": _l("signature"), "forward": _l("forwarded message")}

ADDRESS_IN_TEXT = re.compile(r"https?://[^\s<>\"'`{}|\\^]+", re.IGNORECASE)
ENDS_A_SENTENCE = ".,;:!?)]*_"


@dataclass(frozen=True)
class Span:
    """Words of a text; with `link` they lead somewhere."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Piece:
    """Part of a text body; with `fold` it is folded away under that name."""

    spans: tuple[Span, ...]
    fold: str = ""


@dataclass(frozen=True)
class FileChip:
    id: int
    name: str
    size: str
    kind: str  # the file's ending, for the little sheet: 'pdf', 'png'
    is_picture: bool
    is_text: bool
    opens: bool  # False: it holds malware, and is not handed out
    danger: str  # what opening it may do; '' where nothing is known against it


@dataclass(frozen=True)
class Card:
    """One message. `kind` is 'customer', 'us' or 'note'; what is held keeps its reason in `held`."""

    id: int
    kind: str
    author: str
    address: str
    face: Face
    when: When
    source: str
    badge: Badge | None  # None where nobody looked who wrote it
    held: str
    remarks: tuple[str, ...]
    has_html: bool
    pieces: tuple[Piece, ...]
    files: tuple[FileChip, ...]
    deliveries: tuple[DeliveryLine, ...]
    inbound_id: str
    author_id: int | None
    can_be_unsent: bool  # by its author, for a few seconds
    forward_of: int | None  # the message that this note has handed on
    remote_pictures: int  # how many its HTML points to elsewhere
    can_be_trusted: bool  # it is proved who wrote it

    @property
    def failed(self) -> bool:
        return any(line.state == "failed" for line in self.deliveries)


def card_of(message: Message, clock: Clock) -> Card:
    has_scanner = scanner_of(current_app) is not None
    return Card(
        id=message.id,
        kind={Direction.IN: "customer", Direction.OUT: "us", Direction.NOTE: "note"}[
            Direction(message.direction)
        ],
        author=message.author_name or message.author_address or _("Somebody without a name"),
        address=message.author_address,
        face=face_of(
            message.author_name or message.author_address, message.author_address or message.author_name
        ),
        when=clock.when(message.created_at),
        source=SOURCE_WORDS[Source(message.source)],
        badge=badge_of(message),
        held=sentence(message.held_reason or ""),
        remarks=tuple(message.remarks),
        has_html=bool(message.body_html),
        pieces=tuple(pieces_of(message.body, message.folds)),
        files=tuple(chip_of(file, has_scanner=has_scanner) for file in message.attachments if not hidden_in_html(message, file)),
        deliveries=tuple(delivery_line(row, clock) for row in message.deliveries),
        inbound_id=str(message.inbound_id or ""),
        author_id=message.author_id,
        can_be_unsent=can_be_unsent(message.deliveries, clock),
        forward_of=message.forward_of_id,
        remote_pictures=count_worth_seeing(message.body_html),
        can_be_trusted=bool(message.sender_verified),
    )


def sentence(words: str) -> str:
    """`words` with a capital letter and a full stop, if they are any."""
    return words[:1].upper() + words[1:] + ("" if words[-1:] in ("", ".", "!", "?") else ".")


def hidden_in_html(message: Message, file: Attachment) -> bool:
    """Whether the file is a picture that the HTML body shows in its place already."""
    return bool(file.is_inline and file.content_id and f"cid:{file.content_id}" in message.body_html)


def pieces_of(body: str, folds: Iterable[Iterable[object]]) -> Iterator[Piece]:
    """`body` cut at its folds. Spans that do not fit the text are left out: better shown than lost."""
    place = 0
    for start, end, kind in sorted(whole_folds(folds)):
        if not place <= start < end <= len(body):
            continue
        if body[place:start].strip():
            yield Piece(tuple(spans_of(body[place:start].rstrip())))
        yield Piece(tuple(spans_of(body[start:end].strip("\n"))), FOLD_WORDS.get(kind, "more"))
        place = end
    if body[place:].strip():
        yield Piece(tuple(spans_of(body[place:].strip("\n"))))


def whole_folds(folds: Iterable[Iterable[object]]) -> Iterator[tuple[int, int, str]]:
    for fold in folds:
        match list(fold):
            case [int(start), int(end), str(kind)]:
                yield start, end, kind


def spans_of(text: str) -> Iterator[Span]:
    """`text` with its web addresses as links; what ends a sentence is no part of the address."""
    place = 0
    for found in ADDRESS_IN_TEXT.finditer(text):
        address = found[0].rstrip(ENDS_A_SENTENCE)
        if found.start() > place:
            yield Span(text[place : found.start()])
        yield Span(address, address)
        place = found.start() + len(address)
    if place < len(text):
        yield Span(text[place:])


def chip_of(file: Attachment, *, has_scanner: bool = False) -> FileChip:
    """The file as a chip; with `has_scanner` one that was not scanned says so."""
    stem, dot, ending = file.filename.rpartition(".")
    kind = ending.lower() if stem and dot and len(ending) <= 5 and ending.isalnum() else "file"
    opens = file.scan != Scan.INFECTED
    return FileChip(
        id=file.id,
        name=file.filename,
        size=size_in_words(file.size),
        kind=kind,
        is_picture=opens and is_picture(file),
        is_text=opens and is_text(file),
        danger=danger_in(file, has_scanner=has_scanner),
        opens=opens,
    )


def size_in_words(size: int) -> str:
    """'0 bytes', '812 bytes', '14 KB', '2.3 MB'."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{round(size / 1000)} KB"
    return f"{size / 1_000_000:.1f} MB"
