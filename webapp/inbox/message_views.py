"""One message looked at in other ways: its plain text, its HTML, its headers, its source; and the text of a file.

Whatever it holds, it is text between the tags of a page of ours: nothing of a stranger's is opened here.
"""

from dataclasses import dataclass

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.message import Message
from models.queries.conversations import attachment_seen_by, message_seen_by
from models.queries.inbound import mail_seen_by
from models.text import clean_text
from webapp.auth import current_user, for_staff
from webapp.inbox.attachments import content_of, is_text, shown_name
from webapp.inbox.blueprint import clock, inbox, visibility, wants_part
from webapp.inbox.cards import size_in_words
from webapp.mail_flow.originals import whole_mail
from webapp.mail_flow.view_models import headers_of

MOST_SHOWN = 200_000  # characters; the rest is for whoever downloads it
WAYS = {"text": _l("Plain text"), "html": _l("HTML"), "headers": _l("Headers"), "source": _l("Source")}


@dataclass(frozen=True)
class Look:
    """`pairs` are headers, `text` everything else; `is_cut` where there is more of it than is shown."""

    way: str
    text: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False
    why_not: str = ""


@inbox.get("/messages/<int:message_id>/<any(text, html, headers, source):way>/")
@for_staff
def look(message_id: int, way: str) -> ResponseReturnValue:
    message = message_seen_by(current_user(), visibility(), message_id)
    return render_template(
        "pages/_look.html" if wants_part() else "pages/look.html",
        page="inbox",
        message=message,
        ways=WAYS,
        shown=looked_at(message, way),
        when=clock().when(message.created_at),
    )


def looked_at(message: Message, way: str) -> Look:
    match way:
        case "text":
            return cut(way, message.body) if message.body else Look(way, why_not=_("This message has no plain text."))
        case "html":
            return cut(way, message.body_html) if message.body_html else Look(way, why_not=_("This message has no HTML."))
        case _:
            return of_the_mail(message, way)


def of_the_mail(message: Message, way: str) -> Look:
    """Headers and source are those of the mail as it came."""
    if message.inbound_id is None:
        return Look(way, why_not=_("This was written here and did not come by mail."))
    found = mail_seen_by(current_user(), visibility(), message.inbound_id)[0]
    raw, trouble = whole_mail(found)
    if not raw:
        return Look(way, why_not=trouble or _("The bytes of this mail were let go."))
    if way == "headers":
        return Look(way, pairs=tuple(headers_of(raw)))
    return cut(way, raw[: MOST_SHOWN * 4].decode("utf-8", "replace"), is_cut=len(raw) > MOST_SHOWN * 4)


def cut(way: str, text: str, *, is_cut: bool = False) -> Look:
    return Look(way, clean_text(text, MOST_SHOWN), is_cut=is_cut or len(text) > MOST_SHOWN)


@inbox.get("/attachments/<int:attachment_id>/text")
@for_staff
def file_text(attachment_id: int) -> ResponseReturnValue:
    """A file that says it is text, as text."""
    file = attachment_seen_by(current_user(), visibility(), attachment_id)
    if not is_text(file):
        abort(404, "this file cannot be shown as text: download it")
    content = content_of(file)
    if b"\x00" in content[:4_096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        abort(404, "this file is not text: download it")
    return render_template(
        "pages/_file_text.html" if wants_part() else "pages/file_text.html",
        page="inbox",
        file=file,
        name=shown_name(file.filename),
        size=size_in_words(file.size),
        shown=cut("text", decoded(content)),
    )


def decoded(content: bytes) -> str:
    """UTF-8, UTF-16 where the file begins by saying so, else Windows' western letters: nothing is refused."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
