"""Makes the mail: a `Letter` in, the bytes that will go out. Pure: the same letter, the same bytes."""

import hashlib
import re
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from jobs import headers
from jobs.headers import Field
from jobs.letter import File, Forwarded, Letter, Quote
from jobs.pictures import Placed, placed
from models.instance_mark import HEADER as MARK_HEADER
from templates import FOLDER

MAX_SUBJECT = 500
MAX_QUOTE = 20_000
MAX_FILENAME = 150

FORWARD_PREFIX = re.compile(r"^(?:(?:fwd?|wg|tr|rv|i|doorst|vs|enc)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
REPLY_PREFIX = re.compile(r"^(?:(?:re|aw|sv|vs|antw|odp|r)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
CONTENT_TYPE = re.compile(r"(?!message/|multipart/)[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
UNWANTED_IN_FILENAMES = re.compile(r'[<>"\\/:|?*]')
INDENT = re.compile(r"(?m)^ +|  +")


def with_line_breaks(text: str) -> Markup:
    """Plain text for HTML: escaped, its line ends and its indents kept."""
    spaced = INDENT.sub(lambda found: "\N{NO-BREAK SPACE}" * len(found[0]), text)
    return Markup("<br>\n").join(escape(line) for line in spaced.split("\n"))


MAILS = Environment(
    loader=FileSystemLoader(FOLDER / "mails"),
    autoescape=lambda name: bool(name and name.endswith(".html")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
MAILS.filters["lines"] = with_line_breaks


def compose(letter: Letter) -> bytes:
    """The mail, RFC 5322, lines ended by CRLF, 7 bits unless an address needs more. Raises `Unsendable`."""
    return headers.block(fields(letter)) + content(letter)


def fields(letter: Letter) -> list[Field]:
    """The header fields of the mail, in order."""
    in_reply_to, references = headers.thread(letter.parents)
    cc = [(person.name, person.address) for person in letter.cc]
    return [
        headers.people("From", [(letter.sender.name, letter.sender.address)]),
        headers.people("To", [(person.name, person.address) for person in (letter.to, *letter.also_to)]),
        *([headers.people("Cc", cc)] if cc else []),
        *([headers.people("Reply-To", [(letter.sender.name, letter.reply_to)])] if letter.reply_to else []),
        headers.unstructured("Subject", subject_line(letter)),
        ("Date", format_datetime(letter.date.astimezone(UTC))),
        headers.ids("Message-ID", [letter.message_id]),
        *([headers.ids("In-Reply-To", [in_reply_to])] if in_reply_to else []),
        *([headers.ids("References", references)] if references else []),
        *automatic_fields(letter),
        (MARK_HEADER, letter.mark),
    ]


def automatic_fields(letter: Letter) -> list[Field]:
    """What tells other machines whether a machine of ours speaks (RFC 3834; Exchange's; old responders')."""
    if not letter.auto_submitted:
        return [("X-Auto-Response-Suppress", "DR, RN, NRN")]
    return [
        ("Auto-Submitted", letter.auto_submitted),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "bulk"),
    ]


def subject_line(letter: Letter) -> str:
    """`Re: Printer on fire [#KTRB-042]`: one Re:, the reference once."""
    subject = headers.one_line(letter.subject, MAX_SUBJECT).replace(f"[#{letter.ref}]", " ")
    prefix = FORWARD_PREFIX if letter.forwarded else REPLY_PREFIX
    subject = prefix.sub("", " ".join(subject.split()))
    template = MAILS.get_template(f"{letter.template}/subject.txt")
    return headers.one_line(template.render({**letter.said, "subject": subject, "ref": letter.ref}), 998)


def content(letter: Letter) -> bytes:
    """The MIME fields and the body: text and HTML of the same words, the pictures among them, and the files."""
    message = EmailMessage(policy=SMTP)
    message.set_content(text_body(letter), cte="quoted-printable")
    shown = html_with_pictures(letter)
    message.add_alternative(shown.html, subtype="html", cte="quoted-printable")
    for content_id, file in shown.inline:
        put_in_place(message, content_id, file)
    for file in shown.attached:
        attach(message, file)
    for part in list(message.walk())[1:]:
        del part["MIME-Version"]  # belongs to the whole mail (RFC 2045 section 4)
    set_boundaries(message, letter.message_id)
    return message.as_bytes()


def text_body(letter: Letter) -> str:
    return MAILS.get_template(f"{letter.template}/body.txt").render(words(letter)).rstrip("\n") + "\n"


def html_body(letter: Letter) -> str:
    return html_with_pictures(letter).html


def html_with_pictures(letter: Letter) -> Placed:
    html = MAILS.get_template(f"{letter.template}/body.html").render(words(letter)).rstrip("\n") + "\n"
    return placed(html, letter.files, letter.sender.address.rpartition("@")[2])


def words(letter: Letter) -> dict[str, object]:
    quote = letter.quote
    return {
        **letter.said,
        "ref": letter.ref,
        "subject": headers.one_line(letter.subject, MAX_SUBJECT),
        "body": letter.body,
        "body_html": Markup(letter.body_html),  # noqa: S704 - cleaned when it was written
        "forwarded": forwarded_words(letter.forwarded) if letter.forwarded else None,
        "signature": letter.signature.strip(),
        "quote": {"attribution": attribution(quote), "lines": quoted_lines(quote)}
        if quote and quote.body
        else None,
    }


def forwarded_words(handed_on: Forwarded) -> dict[str, object]:
    return {
        "lines": handed_on.lines,
        "body": handed_on.body,
        "html": Markup(handed_on.html),  # noqa: S704 - cleaned when it came in
    }


def attribution(quote: Quote) -> str:
    return f"On {quote.at.astimezone(UTC):%d %b %Y at %H:%M} UTC, {headers.display(quote.author)} wrote:"


def quoted_lines(quote: Quote) -> list[str]:
    shown = quote.body[:MAX_QUOTE]
    return [*shown.split("\n"), *(["[…]"] if len(quote.body) > MAX_QUOTE else [])]


def attach(message: EmailMessage, file: File) -> None:
    """Add a file as base64, whatever it says it is: a mail client is to save it, not to run it."""
    declared = file.content_type.lower().strip()
    kind = declared if CONTENT_TYPE.fullmatch(declared) else "application/octet-stream"
    maintype, _, subtype = kind.partition("/")
    message.add_attachment(
        file.data, maintype=maintype, subtype=subtype, cte="base64", filename=shown_filename(file)
    )


def put_in_place(message: EmailMessage, content_id: str, file: File) -> None:
    """Add a picture beside the HTML that shows it (RFC 2387, RFC 2392)."""
    subtype = file.content_type.partition("/")[2]
    name = shown_filename(file)
    html_part = message.get_body(("related", "html"))
    assert isinstance(html_part, EmailMessage)
    html_part.add_related(
        file.data, maintype="image", subtype=subtype, cte="base64", cid=f"<{content_id}>", filename=name, disposition="inline"
    )


def shown_filename(file: File) -> str:
    """The name as it will be offered: no path, no encoded word, nothing that is read in two ways."""
    return UNWANTED_IN_FILENAMES.sub("_", headers.one_line(file.filename, MAX_FILENAME)) or "attachment"


def set_boundaries(message: EmailMessage, message_id: str) -> None:
    """Boundaries that depend on the mail alone.

    `=_` occurs neither in quoted-printable nor in base64 (RFC 2045 section 6.7).
    """
    seed = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{seed}_{number}")
