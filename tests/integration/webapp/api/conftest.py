"""A desk with a web and Dora's ticket, for tests of the API."""

from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from models.database import db
from models.message import Attachment
from tests.cast import DORA
from tests.integration.webapp.conftest import WebDesk


@dataclass(frozen=True)
class Case:
    """Dora's ticket, which Ada holds: a mail with a file, an answer, a note."""

    ticket_id: int
    answer_id: int
    note_id: int
    file_id: int


def mail_with_a_file(subject: str = "Where is my parcel?", text: str = "It was to come on Monday.") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = DORA.address, "support@desk.example", subject
    mail["Message-ID"] = f"<{abs(hash((subject, text)))}@example.net>"
    mail.set_content(text)
    mail.add_attachment(b"%PDF-1.7 order", maintype="application", subtype="pdf", filename="order.pdf")
    return mail.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture
def case(desk: WebDesk) -> Case:
    became = desk.takes_in(mail_with_a_file())
    assert became.ticket_id is not None
    desk.assigns(became.ticket_id, desk.ada)
    answer = desk.replies(became.ticket_id)
    note = desk.notes(became.ticket_id, "She calls every day.")
    file = desk.messages_on(became.ticket_id)[0]
    file_id = db.session.scalar(select(Attachment.id).where(Attachment.message_id == file.id))
    assert file_id is not None
    return Case(became.ticket_id, answer.id, note.id, file_id)
