"""A letter for tests: Ada answers Dora; change what the test is about with `replace`."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from jobs.compose import compose
from jobs.letter import Letter, Person, Quote

LETTER = Letter(
    outbox_id=UUID("0b9e7f3c-8f0a-4d3a-9a55-2f6c1e4b7d11"),
    mark="p1." + "a" * 32 + "." + "b" * 32,
    sender=Person("Ada (Support)", "support@example.com"),
    rcpt="dora@example.net",
    to=Person("Dora", "dora@example.net"),
    cc=(),
    date=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    message_id="<h1.abcdefghijklm.abcdefghijklmnop@example.com>",
    parents=("<first@dora.example.net>",),
    subject="Printer on fire",
    ref="KTRB-042",
    body="Pour water on it.",
    quote=Quote("Dora", datetime(2026, 3, 4, 4, 0, tzinfo=UTC), "It burns.\n\nHelp!"),
)


def read(mime: bytes) -> EmailMessage:
    message = message_from_bytes(mime, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def read_letter(letter: Letter) -> EmailMessage:
    return read(compose(letter))


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
