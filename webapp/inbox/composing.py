"""What the composer is shown: the texts being written, whom they are for, and the files that go along."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from uuid import uuid4

from flask import url_for
from markupsafe import Markup

from models.draft import Draft, DraftFile
from models.message import Attachment, Direction, Message
from models.people import User
from models.queries.beside import Beside
from models.queries.conversations import draft_files_of, drafts_of, messages_with_ids
from models.rich_text import html_of
from models.scanner import Scan
from models.ticket import Participant, Ticket
from webapp.inbox.cards import FileChip, chip_of, hidden_in_html, size_in_words

MODES = ("reply", "note", "forward")
_PICTURE = re.compile(r'<img\b[^>]*?\ssrc="cid:([^"]*)"[^>]*>')
_LINK_MARKS = re.compile(r' (?:target="_blank"|rel="[^"]*")')


@dataclass(frozen=True)
class Chip:
    """Somebody a reply goes to. `is_fixed`: the requester, who gets every public reply."""

    address: str
    name: str
    place: str  # 'to' or 'cc'
    is_fixed: bool = False


@dataclass(frozen=True)
class FileInDraft:
    id: int
    name: str
    size: str


@dataclass(frozen=True)
class Writing:
    """One text being written, in both its forms, with its files. `key` makes sending it twice send it once."""

    text: str
    html: Markup
    files: tuple[FileInDraft, ...]
    key: str


@dataclass(frozen=True)
class Forwarding:
    """The message to be handed on, and what of it goes along."""

    message: int
    author: str
    opening: str
    files: tuple[FileChip, ...]
    to: tuple[Chip, ...]
    cc: tuple[Chip, ...]


@dataclass(frozen=True)
class Composer:
    """The reply, the note and the forward being written. `everybody` are the chips of a reply to all."""

    mode: str
    reply: Writing
    note: Writing
    forward: Writing
    forwarding: Forwarding | None
    seen: int
    chips: tuple[Chip, ...]
    everybody: tuple[Chip, ...]
    send_from: str

    @property
    def is_to_all(self) -> bool:
        return len(self.chips) == len(self.everybody)


def composer_of(
    ticket: Ticket, messages: Sequence[Message], viewer: User, there: Beside, seen: int, mode: str, forwarded: int | None = None
) -> Composer:
    """All of it, from the drafts that the viewer has on the ticket. `messages` are those that are shown, or more."""
    drafts = drafts_of(ticket.id, viewer.id) if there.drafts else {}
    files = draft_files_of(ticket.id, viewer.id) if there.draft_files else {}
    everybody = chips_of(ticket)
    return Composer(
        mode=mode if mode in MODES else "reply",
        reply=writing_of(drafts.get("reply"), files.get("reply", ())),
        note=writing_of(drafts.get("note"), files.get("note", ())),
        forward=writing_of(drafts.get("forward"), files.get("forward", ())),
        forwarding=forwarding_of(ticket, messages, viewer, drafts.get("forward"), forwarded),
        seen=seen,
        chips=chips_in(drafts.get("reply"), everybody),
        everybody=everybody,
        send_from=ticket.mailbox.address,
    )


def chips_of(ticket: Ticket) -> tuple[Chip, ...]:
    """Everybody who takes part, the requester first."""
    people = sorted(present(ticket.participants), key=lambda each: each.role != "requester")
    return tuple(
        Chip(
            each.address_as_written,
            ticket.customer.full_name if each.user_id == ticket.customer_id else "",
            "to" if each.role == "requester" else "cc",
            each.role == "requester",
        )
        for each in people
    )


def present(participants: Iterable[Participant]) -> list[Participant]:
    return [person for person in participants if person.left_at is None]


def chips_in(draft: Draft | None, everybody: tuple[Chip, ...]) -> tuple[Chip, ...]:
    """As the draft has them; the requester is always there, and without a word about it everybody is."""
    kept = addressed_in(draft)
    if kept is None:
        return everybody
    known = {chip.address: chip for chip in everybody}
    fixed = tuple(chip for chip in everybody if chip.is_fixed)
    others = (
        Chip(address, known[address].name if address in known else "", place)
        for place in ("to", "cc")
        for address in kept.get(place, ())
        if address not in {chip.address for chip in fixed}
    )
    return (*fixed, *others)


def addressed_in(draft: Draft | None) -> Mapping[str, Sequence[str]] | None:
    """Whom the draft is for, as far as what was kept of it has the shape it should have."""
    if draft is None or not isinstance(draft.addressed, dict):
        return None
    found = {
        place: [address for address in draft.addressed[place] if isinstance(address, str)]
        for place in ("to", "cc")
        if isinstance(draft.addressed.get(place), list)
    }
    return found or None


def writing_of(draft: Draft | None, files: Sequence[DraftFile]) -> Writing:
    text, html = (draft.body, draft.body_html) if draft else ("", "")
    return Writing(
        text=text,
        html=Markup(in_editor(html_of(text, html), files)) if text or html else Markup(),  # noqa: S704 - cleaned when kept
        files=tuple(FileInDraft(file.id, file.filename, size_in_words(file.size)) for file in files if not file.is_inline),
        key=uuid4().hex,
    )


def in_editor(html: str, files: Sequence[DraftFile]) -> str:
    """Clean `html` with its own pictures to be seen while it is written; it is sent with their Content-IDs again."""
    known = {file.content_id: file for file in files if file.is_inline}

    def show(found: re.Match[str]) -> str:
        file = known.get(unescape(found[1]))
        if file is None:
            return ""
        where = url_for("inbox.draft_picture", file_id=file.id)
        return f'<img src="{where}" data-cid="{escape(file.content_id)}" alt="{escape(file.filename)}">'

    return _LINK_MARKS.sub("", _PICTURE.sub(show, html))


def forwarding_of(
    ticket: Ticket, messages: Sequence[Message], viewer: User, draft: Draft | None, wanted: int | None
) -> Forwarding | None:
    """The message asked for, else the one that the draft is about, else the newest that may leave the desk."""
    kept = draft.addressed if draft is not None and isinstance(draft.addressed, dict) else {}
    named = [each for each in (wanted, kept.get("message")) if isinstance(each, int)]
    away = set(named) - {each.id for each in messages}
    known = [*messages, *(messages_with_ids(ticket.id, viewer, away) if away else ())]
    may_leave = {each.id: each for each in known if each.direction != Direction.NOTE and each.held_reason is None}
    asked = next((each for each in named if each in may_leave), None)
    if not may_leave:
        return None
    message = may_leave[asked if asked is not None else max(may_leave)]
    people = addressed_in(draft) or {}
    return Forwarding(
        message=message.id,
        author=message.author_name or message.author_address,
        opening=" ".join(message.body.split())[:120],
        files=tuple(chip_of(file) for file in handed_on(message)),
        to=tuple(Chip(address, "", "to") for address in people.get("to", ())),
        cc=tuple(Chip(address, "", "cc") for address in people.get("cc", ())),
    )


def handed_on(message: Message) -> list[Attachment]:
    """The files one may leave out; pictures among the words go along with the words, malware never does."""
    return [file for file in message.attachments if file.scan != Scan.INFECTED and not hidden_in_html(message, file)]
