"""Reads a composed mail again, as a stranger would, and compares: what goes out says what was meant, and nothing else."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import SMTP, compat32
from email.utils import getaddresses

from jobs import headers
from jobs.compose import fields, html_body, shown_filename, subject_line, text_body
from jobs.letter import Letter

MIME_FIELDS = ["MIME-Version", "Content-Type"]
MAX_LINE = 998  # RFC 5322 section 2.1.1


class Unsound(ValueError):
    """The mail does not read back as it was meant."""


def prove(mime: bytes, letter: Letter) -> None:
    """Raises `Unsound` unless `mime` reads back as `letter`: header fields, recipients, ids, words and files."""
    prove_lines(mime)
    seen = message_from_bytes(mime, policy=compat32)
    prove_fields(seen, letter)
    prove_people(seen, letter)
    demand(str(make_header(decode_header(unfolded(seen, "Subject")))) == subject_line(letter), "the subject differs")
    prove_content(mime, letter)


def prove_lines(mime: bytes) -> None:
    demand(b"\r" not in mime.replace(b"\r\n", b"") and b"\n" not in mime.replace(b"\r\n", b""), "a line end is torn")
    demand(b"\0" not in mime, "it holds a NUL")
    demand(all(len(line) <= MAX_LINE for line in mime.split(b"\r\n")), "a line is too long")


def prove_fields(seen: Message, letter: Letter) -> None:
    """The fields we meant, in our order, each once, and no other: a Bcc that somebody smuggled in ends here."""
    meant = fields(letter)
    demand(seen.keys() == [*(name for name, _ in meant), *MIME_FIELDS], f"its header fields are {seen.keys()}")
    for name, value in meant:
        if value.isascii():
            demand(unfolded(seen, name) == value.replace("\r\n", ""), f"{name} differs")


def prove_people(seen: Message, letter: Letter) -> None:
    people = {"From": [letter.sender], "To": [letter.to], "Cc": list(letter.cc)}
    for name, meant in people.items():
        wanted = [(headers.display(person.name), headers.wire_address(person.address)) for person in meant]
        pairs = getaddresses([str(value).replace("\r\n", "") for value in seen.get_all(name, [])])
        found = [(str(make_header(decode_header(shown))), address) for shown, address in pairs]
        demand(found == wanted, f"{name} reads as {found}")


def prove_content(mime: bytes, letter: Letter) -> None:
    message = message_from_bytes(mime, policy=SMTP)
    assert isinstance(message, EmailMessage)
    demand(not any(part.defects for part in message.walk()), "its MIME structure is damaged")
    for kind, meant in (("plain", text_body(letter)), ("html", html_body(letter))):
        part = message.get_body((kind,))
        demand(part is not None and part.get_content().replace("\r\n", "\n") == meant, f"its {kind} text differs")
    found = [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()]
    wanted = [(shown_filename(file), file.data) for file in letter.files]
    demand(found == wanted, "its files differ")


def unfolded(message: Message, name: str) -> str:
    return str(message[name]).replace("\r\n", "")


def demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Unsound(f"the mail does not read back as it was meant: {otherwise}")
