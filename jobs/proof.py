"""Reads a composed mail again, as a stranger would: it says what was meant, and nothing else."""

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, compat32
from email.utils import getaddresses

from jobs import headers
from jobs.compose import fields, html_body, html_with_pictures, shown_filename, subject_line, text_body
from jobs.letter import Letter

MIME_FIELDS = ["MIME-Version", "Content-Type"]
MAX_LINE = 998  # RFC 5322 section 2.1.1


class Unsound(ValueError):
    """The mail does not read back as it was meant."""


def prove(mime: bytes, letter: Letter) -> None:
    """Raises `Unsound` unless `mime` reads back as `letter`: fields, recipients, ids, words and files."""
    prove_lines(mime)
    seen = read_fields(mime)
    prove_fields(seen, letter)
    prove_people(seen, letter)
    demand(decoded(seen["Subject"]) == subject_line(letter), "the subject differs")
    prove_content(mime, letter)


def read_fields(mime: bytes) -> dict[str, str]:
    """The header fields as they stand, unfolded. A field that comes twice is `Unsound`."""
    found = list(message_from_bytes(mime, policy=compat32).raw_items())
    demand(len({name.lower() for name, _ in found}) == len(found), "a header field comes twice")
    as_sent = {
        name: str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for name, value in found
    }
    return {name: value.replace("\r\n", "") for name, value in as_sent.items()}


def prove_lines(mime: bytes) -> None:
    demand(
        b"\r" not in mime.replace(b"\r\n", b"") and b"\n" not in mime.replace(b"\r\n", b""),
        "a line end is torn",
    )
    demand(b"\0" not in mime, "it holds a NUL")
    demand(all(len(line) <= MAX_LINE for line in mime.split(b"\r\n")), "a line is too long")


def prove_fields(seen: dict[str, str], letter: Letter) -> None:
    """The fields we meant, in our order, and no other: a Bcc that somebody smuggled in ends here."""
    meant = {name: value.replace("\r\n", "") for name, value in fields(letter)}
    demand(list(seen) == [*meant, *MIME_FIELDS], f"its header fields are {list(seen)}")
    for name, value in meant.items():
        demand(seen[name] == value, f"{name} differs")


def prove_people(seen: dict[str, str], letter: Letter) -> None:
    """The people we meant, and among them the one who gets the mail."""
    shown = {headers.wire_address(person.address) for person in (letter.to, *letter.also_to, *letter.cc)}
    demand(headers.wire_address(letter.rcpt) in shown, "its recipient is not among those it names")
    people = {"From": [letter.sender], "To": [letter.to, *letter.also_to], "Cc": list(letter.cc)}
    people["Reply-To"] = [replace(letter.sender, address=letter.reply_to)] if letter.reply_to else []
    for name, meant in people.items():
        wanted = [(headers.display(person.name), headers.wire_address(person.address)) for person in meant]
        found = [
            (decoded(shown), address) for shown, address in getaddresses([seen[name]] if name in seen else [])
        ]
        demand(found == wanted, f"{name} reads as {found}")


def prove_content(mime: bytes, letter: Letter) -> None:
    message = message_from_bytes(mime, policy=SMTP)
    assert isinstance(message, EmailMessage)
    demand(not any(part.defects for part in message.walk()), "its MIME structure is damaged")
    for kind, wanted_words in (("plain", text_body(letter)), ("html", html_body(letter))):
        part = message.get_body((kind,))
        demand(
            part is not None and part.get_content().replace("\r\n", "\n") == wanted_words, f"its {kind} text differs"
        )
    meant = html_with_pictures(letter)
    found = [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()]
    wanted = [(shown_filename(file), file.data) for file in meant.attached]
    demand(found == wanted, "its files differ")
    pictures = [(part["Content-ID"], part.get_payload(decode=True)) for part in message.walk() if part["Content-ID"]]
    demand(pictures == [(f"<{name}>", file.data) for name, file in meant.inline], "its pictures differ")


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Unsound(f"the mail does not read back as it was meant: {otherwise}")
